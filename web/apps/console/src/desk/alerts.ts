/**
 * Sound and desktop notification, once for each reason, whichever tabs are open. A tab on the screen claims a reason
 * at once; hidden ones come a moment later, so that what the agent looks at stays quiet. The claim is kept in the
 * storage that all tabs share, under a lock.
 */
const KEPT = "desk.alerts";
const REMEMBERED = 200;
const HIDDEN_COMES_LATER_MS = 200;

export interface Alert {
  /** Names the reason: the same for all tabs. */
  key: string;
  title: string;
  text: string;
  /** Whether a tab on the screen makes a sound too. */
  always: boolean;
  open(): void;
}

export function alertOnce(alert: Alert): void {
  const hidden = document.hidden;
  setTimeout(() => {
    void exclusive(() => {
      if (!claim(alert.key)) return;
      if (hidden || alert.always) sound();
      if (hidden) notify(alert);
    });
  }, hidden ? HIDDEN_COMES_LATER_MS : 0);
}

/** True for the first one who asks for this key. */
function claim(key: string): boolean {
  let known: string[] = [];
  try {
    known = JSON.parse(localStorage.getItem(KEPT) ?? "[]") as string[];
  } catch {
    known = [];
  }
  if (known.includes(key)) return false;
  localStorage.setItem(KEPT, JSON.stringify([...known, key].slice(-REMEMBERED)));
  return true;
}

async function exclusive(task: () => void): Promise<void> {
  if (navigator.locks) await navigator.locks.request(KEPT, () => task());
  else task();
}

let audio: AudioContext | null = null;

/** Two short tones; a browser that wants a click first stays silent until there was one. */
function sound(): void {
  if (localStorage.getItem("desk.silent") === "1") return;
  audio ??= new AudioContext();
  void audio.resume();
  for (const [index, pitch] of [880, 1175].entries()) {
    const [tone, volume] = [audio.createOscillator(), audio.createGain()];
    const from = audio.currentTime + index * 0.14;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.12, from);
    volume.gain.exponentialRampToValueAtTime(0.001, from + 0.25);
    tone.connect(volume).connect(audio.destination);
    tone.start(from);
    tone.stop(from + 0.26);
  }
}

function notify({ key, title, text, open }: Alert): void {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const shown = new Notification(title, { body: text, tag: key });
  shown.onclick = () => {
    window.focus();
    open();
    shown.close();
  };
}

export function mayNotify(): "granted" | "denied" | "default" | "unsupported" {
  return "Notification" in window ? Notification.permission : "unsupported";
}

/** Asked for on a click, never on load. */
export async function askToNotify(): Promise<ReturnType<typeof mayNotify>> {
  return "Notification" in window ? Notification.requestPermission() : "unsupported";
}
