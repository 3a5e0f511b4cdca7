/**
 * Messages that were typed and not yet acknowledged. They survive a reload, and belong to one visitor: whoever comes
 * next on the same browser sees nothing of them.
 *
 * Each message has an entry of its own, so that two tabs that add at once do not overwrite each other; the names of
 * the entries sort in the order in which they were typed.
 */
import type { Storage } from "./surroundings.ts";
import type { PendingMessage } from "./transcript.ts";

export class Outbox {
  /** Where there is no storage, messages wait here and only their survival of a reload is lost. */
  readonly #own = new Map<string, string>();
  #added = 0;
  readonly #storage: Storage;
  readonly #prefix: string;
  readonly #now: () => number;

  constructor(storage: Storage, prefix: string, now: () => number) {
    this.#storage = storage;
    this.#prefix = prefix;
    this.#now = now;
  }

  /** What is waiting, oldest first. Anything unreadable counts as nothing. */
  all(): PendingMessage[] {
    return this.#entries().map(([, message]) => message);
  }

  /** Adds a message at the end. */
  add(message: PendingMessage): void {
    const order = `${this.#now()}`.padStart(15, "0") + `${this.#added++}`.padStart(6, "0");
    this.#put(`${this.#prefix}${order}.${message.clientId}`, message);
  }

  /** Keeps why the server refused a message. */
  fail(clientId: string, failed: string): void {
    for (const [name, message] of this.#entries()) {
      if (message.clientId === clientId) this.#put(name, { ...message, failed });
    }
  }

  remove(clientId: string): void {
    for (const [name, message] of this.#entries()) {
      if (message.clientId !== clientId) continue;
      this.#own.delete(name);
      this.#storage.removeItem(name);
    }
  }

  #put(name: string, message: PendingMessage): void {
    const value = JSON.stringify(message);
    this.#own.set(name, value);
    try {
      this.#storage.setItem(name, value);
      this.#own.delete(name);
    } catch {
      // Full or forbidden: the message stays in memory.
    }
  }

  #entries(): [string, PendingMessage][] {
    const found = new Map(this.#own);
    for (let index = 0; index < this.#storage.length; index++) {
      const name = this.#storage.key(index);
      const value = name?.startsWith(this.#prefix) && this.#storage.getItem(name);
      if (name && value) found.set(name, value);
    }
    return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([name, value]) => {
      const message = read(value);
      return message ? [[name, message] as [string, PendingMessage]] : [];
    });
  }
}

function read(value: string): PendingMessage | null {
  try {
    const one = JSON.parse(value) as Partial<PendingMessage> | null;
    return typeof one?.clientId === "string" && typeof one.text === "string" ? (one as PendingMessage) : null;
  } catch {
    return null;
  }
}
