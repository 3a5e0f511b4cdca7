/**
 * Messages that were typed and not yet acknowledged. They survive a reload, and belong to one visitor token: whoever
 * comes next on the same browser sees nothing of them.
 */
import type { PendingMessage } from "./transcript.ts";

export interface Storage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export class Outbox {
  constructor(
    private readonly storage: Storage,
    private readonly key: string,
  ) {}

  /** What is waiting, oldest first. Anything unreadable counts as nothing. */
  all(): PendingMessage[] {
    try {
      const value: unknown = JSON.parse(this.storage.getItem(this.key) ?? "[]");
      return Array.isArray(value) ? value.filter(isPending) : [];
    } catch {
      return [];
    }
  }

  add(message: PendingMessage): void {
    this.save([...this.all().filter((one) => one.clientId !== message.clientId), message]);
  }

  remove(clientId: string): void {
    this.save(this.all().filter((one) => one.clientId !== clientId));
  }

  private save(messages: PendingMessage[]): void {
    try {
      if (messages.length === 0) this.storage.removeItem(this.key);
      else this.storage.setItem(this.key, JSON.stringify(messages));
    } catch {
      // A full or forbidden storage costs the survival of a reload, not the message.
    }
  }
}

function isPending(value: unknown): value is PendingMessage {
  const one = value as Partial<PendingMessage> | null;
  return typeof one?.clientId === "string" && typeof one.text === "string";
}
