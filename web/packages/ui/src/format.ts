/** `26900` fen as `269`, `1990` as `19.90`. */
export function yuan(fen: number): string {
  return fen % 100 === 0 ? String(fen / 100) : (fen / 100).toFixed(2);
}

/** `14:05`, in the shopper's time zone. */
export function clock(at: number): string {
  return new Date(at).toTimeString().slice(0, 5);
}

/** `14:05`, and the day with it where that is not today: `11/27 09:00`. */
export function moment(at: number): string {
  const date = new Date(at);
  const today = date.toDateString() === new Date().toDateString();
  return today ? clock(at) : `${date.getMonth() + 1}/${date.getDate()} ${clock(at)}`;
}
