/** What a browser calls itself, in a few words: `Chrome · Windows`. */
const BROWSERS: [RegExp, string][] = [
  [/MicroMessenger/, "微信"],
  [/Edg\//, "Edge"],
  [/Firefox\//, "Firefox"],
  [/Chrome\//, "Chrome"],
  [/Safari\//, "Safari"],
];
const SYSTEMS: [RegExp, string][] = [
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Windows/, "Windows"],
  [/Mac OS X/, "macOS"],
  [/Linux/, "Linux"],
];

export function programOf(name: string): string {
  const known = (all: [RegExp, string][]): string | undefined => all.find(([pattern]) => pattern.test(name))?.[1];
  const words = [known(BROWSERS), known(SYSTEMS)].filter((word) => word !== undefined);
  return words.join(" · ") || name.slice(0, 40);
}
