/** Which frames are worth a sound: a conversation that was given to me, a shopper's word, a note to me, a late clock. */
import { ElMessage } from "element-plus";
import type { DeskServerFrame } from "@xiaoer/protocol";
import { onScopeDispose } from "vue";
import { useI18n } from "vue-i18n";
import { useRouter } from "vue-router";
import { useDesk } from "../stores/desk.ts";
import { alertOnce } from "./alerts.ts";

export function useAlerts(): void {
  const desk = useDesk();
  const router = useRouter();
  const { t } = useI18n();

  function tell(key: string, conversation: string, title: string, text: string, always: boolean): void {
    const open = (): void => void router.push({ name: "desk", params: { conversation } });
    alertOnce({ key, title, text, always, open });
  }

  function hear(frame: DeskServerFrame): void {
    const me = desk.me?.id;
    if (frame.type === "case" && frame.change === "assigned" && frame.case.agent?.id === me) {
      const { id, conversation_id, shopper, revision, last } = frame.case;
      tell(`assigned.${id}.${revision}`, conversation_id, t("alert.assigned", { shopper }), last?.text ?? "", true);
    }
    if (frame.type === "message" && frame.message.author === "shopper") {
      const own = desk.mine.find((one) => one.conversation_id === frame.conversation_id);
      if (own) tell(`message.${frame.message.id}`, frame.conversation_id, own.shopper, frame.message.body.text, false);
    }
    if (frame.type === "note" && frame.to_me && frame.note.author.id !== me) {
      tell(`note.${frame.note.id}`, frame.note.conversation_id, t("alert.note", { name: frame.note.author.name }), frame.note.text, true);
      const open = (): void => void router.push({ name: "desk", params: { conversation: frame.note.conversation_id } });
      const shown = ElMessage({ type: "info", message: `${t("alert.note", { name: frame.note.author.name })}：${frame.note.text}`, duration: 6000, customClass: "clickable", onClose: () => {} });
      if (router.currentRoute.value.params.conversation !== frame.note.conversation_id) {
        document.querySelector(".el-message.clickable:last-of-type")?.addEventListener("click", () => (open(), shown.close()), { once: true });
      }
    }
    if (frame.type === "clock") {
      const shopper = desk.caseOf(frame.conversation_id)?.shopper ?? "";
      const text = t(`alert.${frame.target}.${frame.state}`, { shopper });
      tell(`clock.${frame.case_id}.${frame.target}.${frame.state}`, frame.conversation_id, text, "", true);
      ElMessage({ type: frame.state === "breached" ? "error" : "warning", message: text });
    }
  }

  onScopeDispose(desk.listen(hear));
}
