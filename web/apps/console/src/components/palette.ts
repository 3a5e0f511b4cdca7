/** The colours of charts, distinguishable with any sight, on light ground and on dark. */
export interface Palette {
  ink: string;
  line: string;
  ground: string;
  edge: string;
  colours: string[];
  /** For the period before: there, but behind. */
  faint: string;
  good: string;
  bad: string;
}

export function palette(dark: boolean): Palette {
  return dark
    ? { ink: "#c9ced6", line: "#3c4149", ground: "#1d1e1f", edge: "#4a4f57", colours: ["#5b9be0", "#e0a458", "#5fb98a", "#c487d6", "#e07a72", "#8f9bab"], faint: "#6d7480", good: "#3f9e6c", bad: "#e07a72" }
    : { ink: "#4b5059", line: "#e4e7ed", ground: "#ffffff", edge: "#dcdfe6", colours: ["#2b6cb8", "#c97a16", "#2e8b57", "#8e4ea8", "#c4473d", "#7a8594"], faint: "#b9c2ce", good: "#1f7a45", bad: "#c4473d" };
}
