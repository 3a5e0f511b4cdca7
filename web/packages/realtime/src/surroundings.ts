/** What a line to the server needs of a browser; handed in, so that tests need neither network nor real time. */

/** What a browser's WebSocket offers, as far as it is used. */
export interface Socket {
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
}

/** What is used of `localStorage`. */
export interface Storage {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface Surroundings {
  /** Opens a line to the server; a plain one does without WebSocket. */
  open(plain?: boolean): Socket;
  storage: Storage;
  setTimeout(run: () => void, ms: number): number;
  clearTimeout(timer: number): void;
  now(): number;
  random(): number;
  newId(): string;
}
