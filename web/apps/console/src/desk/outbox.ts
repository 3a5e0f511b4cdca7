/**
 * Messages of an agent that are not acknowledged yet. They survive a reload and belong to one agent; each has an entry
 * of its own in the storage, so that two tabs do not overwrite each other.
 */
import type { Storage } from "@xiaoer/realtime";

export interface PendingMessage {
  conversation: string;
  clientId: string;
  text: string;
  products: string[];
  suggestion?: string;
  at: number;
  /** Why the server refused it; the agent may send it again. */
  failed?: string;
}

export class Outbox {
  private readonly messages = new Map<string, PendingMessage>();

  constructor(
    private readonly storage: Storage,
    private readonly prefix: string,
  ) {
    for (let index = 0; index < storage.length; index++) {
      const key = storage.key(index);
      const message = key?.startsWith(prefix) ? read(storage.getItem(key)) : null;
      if (message) this.messages.set(message.clientId, message);
    }
  }

  /** Oldest first. */
  all(): PendingMessage[] {
    return [...this.messages.values()].sort((a, b) => a.at - b.at);
  }

  put(message: PendingMessage): void {
    this.messages.set(message.clientId, message);
    try {
      this.storage.setItem(this.prefix + message.clientId, JSON.stringify(message));
    } catch {
      // Full or forbidden: the message stays in memory and only its survival of a reload is lost.
    }
  }

  get(clientId: string): PendingMessage | undefined {
    return this.messages.get(clientId);
  }

  remove(clientId: string): boolean {
    this.storage.removeItem(this.prefix + clientId);
    return this.messages.delete(clientId);
  }
}

function read(value: string | null): PendingMessage | null {
  try {
    const one = JSON.parse(value ?? "null") as Partial<PendingMessage> | null;
    const whole = typeof one?.clientId === "string" && typeof one.conversation === "string" && typeof one.text === "string";
    return whole ? ({ products: [], at: 0, ...one } as PendingMessage) : null;
  } catch {
    return null;
  }
}
