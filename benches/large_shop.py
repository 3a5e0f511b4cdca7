"""Fills the SQLite database of a shop with a large knowledge and a month of conversations.

    python3 benches/large_shop.py DATABASE [ENTRIES MESSAGES OPEN_CASES]

The database is one that the server has made and that no server has open. Defaults: 20,000 entries of the FAQ, 200,000
messages in 2,000 conversations, no open cases. What is said means little; there is as much of it as in a shop that has
been at work for a month: answers with their facts, verdicts, calls for a person, unknown questions, an audit trail.
No packages are needed.
"""

import json
import random
import sqlite3
import sys
import time

THINGS = "茶壶 砂锅 台灯 雨伞 风扇 枕头 毛巾 沙发 窗帘 地毯 花瓶 书架 衣架 水杯 饭盒 剪刀 拖鞋 帽子 围巾 手套 电饭煲 加湿器 " \
    "行李箱 保温杯 菜板 置物架 床垫 蚊帐 被子 镜子 挂钟 相框 香薰 抱枕 凉席 马桶刷 垃圾桶 收纳盒 洗衣液 晾衣杆".split()
COLOURS = "大红 墨绿 天蓝 米白 深灰 浅紫 橘黄 粉色 卡其 藏青 银色 金色 酒红 草绿 湖蓝 象牙白 炭黑 杏色 咖啡 薄荷 雾霾蓝 姜黄 豆沙 玫红 香槟".split()
ASPECTS = "怎么清洗 能用多久 有多重 是什么材质 适合送长辈吗 会不会掉色 要不要自己安装 有几种尺寸 能不能进微波炉 有没有异味 保修几年 " \
    "是哪里产的 可以定制吗 带不带包装盒 怎么收纳 小孩能用吗 会不会生锈 能不能机洗 多久补货 有没有赠品".split()
DAY = 86_400_000
MESSAGES_EACH = 100


def uuid7(at: int, draw: random.Random) -> bytes:
    """An id that begins with its moment, as the program makes them."""
    head = at.to_bytes(6, "big")
    rest = bytearray(draw.randbytes(10))
    rest[0] = 0x70 | rest[0] & 0x0F
    rest[2] = 0x80 | rest[2] & 0x3F
    return head + bytes(rest)


def main() -> None:
    path = sys.argv[1]
    given, usual = sys.argv[2:5], ["20000", "200000", "0"]
    entries, messages, open_cases = (int(number) for number in given + usual[len(given) :])
    db = sqlite3.connect(path)
    db.execute("PRAGMA synchronous = OFF")
    draw = random.Random(1)
    now = int(time.time() * 1000)
    questions = knowledge(db, entries, now)
    conversations(db, max(messages // MESSAGES_EACH, 1), questions, now, draw)
    waiting(db, open_cases, now, draw)
    trail(db, now, draw)
    db.commit()
    db.execute("ANALYZE")
    db.close()


def knowledge(db: sqlite3.Connection, count: int, now: int) -> list[tuple[str, str]]:
    """Entries behind those that are there, as a version of the console, so that no start brings the folder back."""
    rows, owners, similar, tags = [], [], [], []
    first = db.execute("SELECT COALESCE(MAX(position), -1) + 1 FROM faq_entry").fetchone()[0]
    for number in range(count):
        thing, rest = THINGS[number % len(THINGS)], number // len(THINGS)
        colour, aspect, lot = COLOURS[rest % len(COLOURS)], ASPECTS[rest // len(COLOURS) % len(ASPECTS)], number // 20_000
        name = f"{colour}{thing}{f'{lot}号' if lot else ''}"
        id_, question, other = f"large-{number}", f"{name}{aspect}", f"请问{name}{aspect}呀"
        rows.append((id_, first + number, f"商品细节/{thing}/{colour}", question, f"{name}的说明：{aspect}。", "{}"))
        similar.append((id_, 0, other))
        owners += [(question, id_, 0), (other, id_, 1)]
        if number % 50 == 0:
            tags.append((id_, "主推"))
    db.executemany("INSERT INTO faq_entry (id, position, category, question, answer, extras) VALUES (?, ?, ?, ?, ?, ?)", rows)
    db.executemany("INSERT INTO faq_phrasing VALUES (?, ?, ?)", similar)
    db.executemany("INSERT INTO faq_owner VALUES (?, ?, ?)", owners)
    db.executemany("INSERT INTO faq_tag VALUES (?, ?)", tags)
    db.execute("INSERT INTO knowledge_version (version, checksum, created_at, source, actor, note, added) "
        "SELECT MAX(version) + 1, 'large', ?, 'console', 'admin', '', ? FROM knowledge_version", (now, count))
    return [(row[0], row[3]) for row in rows]


def conversations(db: sqlite3.Connection, count: int, questions: list, now: int, draw: random.Random) -> None:
    """Each shopper asks, the assistant answers; now and then nothing is known, somebody votes, somebody calls a person."""
    shoppers, heads, said, traces, facts, verdicts, unknown, cases = [], [], [], [], [], [], [], []
    for number in range(count):
        begun = now - draw.randrange(30 * DAY) - 60 * MESSAGES_EACH * 1000
        shopper, conversation = uuid7(begun, draw), uuid7(begun, draw)
        shoppers.append((shopper, f"large-{number}", begun))
        heads.append((conversation, shopper, "bot", MESSAGES_EACH, "{}", begun, begun + MESSAGES_EACH * 30_000))
        for sequence in range(1, MESSAGES_EACH + 1):
            at = begun + sequence * 30_000
            id_, asks = uuid7(at, draw), sequence % 2 == 1
            if asks:
                entry, question = draw.choice(questions)
            body = {"text": question if asks else f"{question}：请看商品页。"}
            said.append((conversation, sequence, id_, f"c-{sequence}" if asks else None, "shopper" if asks else "bot",
                json.dumps(body, ensure_ascii=False), at))
            if asks:
                continue
            known = draw.random() > 0.08
            act = "answer" if known else "unsure"
            traces.append((id_, 1, "{}", at))
            facts.append((id_, conversation, sequence, at, act, entry if known else None, "faq", "neutral",
                draw.uniform(-1, 1), draw.random(), question))
            if draw.random() < 0.05:
                verdicts.append((conversation, sequence, draw.choice(["up", "up", "down"]), at))
            if not known and draw.random() < 0.3:
                unknown.append((uuid7(at, draw), conversation, sequence, question, "[]", at))
        if draw.random() < 0.3:
            at = begun + 60_000
            cases.append(case(uuid7(at, draw), conversation, shopper, "resolved", at, draw))
    write(db, "shopper (id, token_hash, created_at)", shoppers)
    write(db, "conversation (id, shopper_id, status, last_sequence, state, created_at, updated_at)", heads)
    write(db, "message (conversation_id, sequence, id, client_id, author, body, created_at)", said)
    write(db, "turn_trace (message_id, knowledge_version, trace, created_at)", traces)
    write(db, "turn_fact (message_id, conversation_id, sequence, at, act, entry_id, intent, mood, mood_value, confidence, question)", facts)
    write(db, "verdict (conversation_id, sequence, verdict, given_at)", verdicts)
    write(db, "unknown_question (id, conversation_id, sequence, question, nearest, created_at)", unknown)
    write(db, CASE, cases)
    db.execute("INSERT INTO reading_mark VALUES ('turn_facts', ?) ON CONFLICT (name) DO UPDATE SET at = excluded.at", (now,))


CASE = "desk_case (id, conversation_id, shopper_id, revision, state, ticket, reason, known_until, rank_at, since, queued_at, " \
    "claimed_at, answered_at, ended_at, first_warn_at, first_due_at, resolve_warn_at, resolve_due_at, resolution, intent, mood, " \
    "urgent, spent, tags, transfers, started_sequence, ended_sequence, solved, stars, rated_at)"


def case(id_: bytes, conversation: bytes, shopper: bytes, state: str, at: int, draw: random.Random) -> tuple:
    ended = state == "resolved"
    late = at + 100 * DAY
    return (id_, conversation, shopper, 1, state, 0, draw.choice(["requested", "unanswered", "mood"]), 0, at, at, at,
        at + 20_000 if ended else None, at + 40_000 if ended else None, at + 600_000 if ended else None, late, late, late, late,
        "已解决" if ended else None, "退款进度", draw.uniform(-1.5, 1), 0, draw.randrange(90_000), "[]", 0, 1,
        MESSAGES_EACH if ended else None, 1 if ended else None, draw.randint(3, 5) if ended else None, at + 700_000 if ended else None)


def waiting(db: sqlite3.Connection, count: int, now: int, draw: random.Random) -> None:
    """Shoppers who wait for a person at this moment."""
    shoppers, heads, said, cases = [], [], [], []
    for number in range(count):
        at = now - count * 100 + number * 100
        shopper, conversation = uuid7(at, draw), uuid7(at, draw)
        shoppers.append((shopper, f"waits-{number}", at))
        heads.append((conversation, shopper, "waiting", 1, "{}", at, at))
        text = json.dumps({"text": f"第 {number + 1} 位：{draw.choice(THINGS)}的退款到哪了"}, ensure_ascii=False)
        said.append((conversation, 1, uuid7(at, draw), "c-1", "shopper", text, at))
        cases.append(case(uuid7(at, draw), conversation, shopper, "waiting", at, draw))
    write(db, "shopper (id, token_hash, created_at)", shoppers)
    write(db, "conversation (id, shopper_id, status, last_sequence, state, created_at, updated_at)", heads)
    write(db, "message (conversation_id, sequence, id, client_id, author, body, created_at)", said)
    write(db, CASE, cases)


def trail(db: sqlite3.Connection, now: int, draw: random.Random) -> None:
    """What admins did."""
    detail = json.dumps({"before": {"answer": "旧"}, "after": {"answer": "新"}}, ensure_ascii=False)
    rows = []
    for number in range(5_000):
        at = now - (5_000 - number) * 60_000
        rows.append((uuid7(at, draw), at, "admin", "faq_saved", f"large-{number}", detail))
    write(db, "audit (id, at, actor, action, subject, detail)", rows)


def write(db: sqlite3.Connection, table: str, rows: list[tuple]) -> None:
    if rows:
        db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)


if __name__ == "__main__":
    main()
