/** What the charts of a campaign draw, as options of ECharts. */
import type { EChartsCoreOption } from "echarts/core";
import { palette } from "../../components/palette.ts";

/** Bars from the first step to the last, each with its share of the first. */
export function funnel(names: string[], values: number[], dark: boolean): EChartsCoreOption {
  const { line, ink, colours, bad } = palette(dark);
  const label = { color: ink, fontSize: 12 };
  const first = values[0] ?? 0;
  const share = (value: number): string => (first ? `${value}（${((value * 100) / first).toFixed(1)}%）` : String(value));
  return {
    grid: { left: 6, right: 90, top: 12, bottom: 4, containLabel: true },
    tooltip: { trigger: "axis", axisPointer: { type: "none" }, confine: true },
    xAxis: { type: "value", minInterval: 1, axisLabel: label, splitLine: { lineStyle: { color: line } } },
    yAxis: { type: "category", inverse: true, data: names, axisLabel: label, axisLine: { lineStyle: { color: line } }, axisTick: { show: false } },
    series: [
      {
        type: "bar",
        barMaxWidth: 22,
        data: values.map((value, index) => ({ value, itemStyle: { color: index === values.length - 1 ? bad : colours[0], borderRadius: [0, 3, 3, 0] }, label: { show: true, position: "right", formatter: share(value), ...label } })),
      },
    ],
  };
}
