/** What the charts of the dashboards draw, as options of ECharts. */
import type { EChartsCoreOption } from "echarts/core";
import { palette } from "../../components/palette.ts";
import type { Point, Step } from "./model.ts";

export interface Line {
  name: string;
  values: (number | null)[];
  /** The period before: dashed, behind. */
  faint?: boolean;
  /** Filled down to the axis, one on the other. */
  stacked?: boolean;
  colour?: string;
}

const GRID = { left: 6, right: 14, top: 36, bottom: 4, containLabel: true };

/** Days and hours of the figures are those of China. */
const CHINA_MS = 8 * 3_600_000;

/** `11/26` or `14:00`. */
export function tick(at: number, step: Step): string {
  const date = new Date(at + CHINA_MS);
  return step === "hour" ? `${date.getUTCHours()}:00` : `${date.getUTCMonth() + 1}/${date.getUTCDate()}`;
}

export const valuesOf = (series: Point[], field: string): (number | null)[] => series.map((point) => point[field] ?? null);

export function lines(ticks: string[], all: Line[], dark: boolean, range: { min?: number; max?: number } = {}): EChartsCoreOption {
  const { line, ink, faint } = palette(dark);
  const label = { color: ink, fontSize: 12 };
  return {
    grid: GRID,
    xAxis: { type: "category", data: ticks, boundaryGap: false, axisLabel: { ...label, hideOverlap: true }, axisLine: { lineStyle: { color: line } }, axisTick: { show: false } },
    yAxis: { type: "value", minInterval: range.max === undefined ? 1 : undefined, axisLabel: label, splitLine: { lineStyle: { color: line } }, ...range },
    series: all.map(({ name, values, faint: behind, stacked, colour }) => ({
      type: "line",
      name,
      data: values,
      smooth: 0.25,
      showSymbol: values.length < 2,
      connectNulls: true,
      lineStyle: behind ? { type: "dashed", width: 1.5, color: faint } : { width: stacked ? 1 : 2.5 },
      itemStyle: behind ? { color: faint } : colour ? { color: colour } : {},
      ...(stacked ? { stack: "all", areaStyle: { opacity: 0.75 } } : {}),
      z: behind ? 1 : 2,
    })),
  };
}

/** Bars lying on their side, the longest on top, with the period before as a thin one below each. */
export function bars(names: string[], now: { name: string; values: number[] }, before: { name: string; values: number[] }, dark: boolean): EChartsCoreOption {
  const { line, ink, faint, colours } = palette(dark);
  const label = { color: ink, fontSize: 12 };
  return {
    grid: GRID,
    tooltip: { trigger: "axis", axisPointer: { type: "none" }, confine: true },
    xAxis: { type: "value", minInterval: 1, axisLabel: label, splitLine: { lineStyle: { color: line } } },
    yAxis: { type: "category", inverse: true, data: names, axisLabel: { ...label, width: 132, overflow: "truncate" }, axisLine: { lineStyle: { color: line } }, axisTick: { show: false } },
    series: [
      { type: "bar", name: now.name, data: now.values, barMaxWidth: 14, itemStyle: { color: colours[0], borderRadius: [0, 3, 3, 0] }, label: { show: true, position: "right", ...label } },
      { type: "bar", name: before.name, data: before.values, barMaxWidth: 6, itemStyle: { color: faint, borderRadius: [0, 3, 3, 0] } },
    ],
  };
}
