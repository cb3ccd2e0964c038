// The chart of a queue's throughput, by uPlot, which is loaded with it. In the colours of the theme and the times that the operator chose. What it shows
// is in the table beside it, too.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useTimeMode } from '../../parts/time';
import { relativeText, type TimeMode, timeText } from '../../parts/time-text';
import type { Series } from './queue-figures';

const HEIGHT = 220;
const WHOLE_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000];

export default function ThroughputChart({ series }: { series: Series }) {
  const [mode] = useTimeMode();
  const theme = useSyncExternalStore(listenToTheme, () => document.documentElement.dataset.theme ?? '');
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(null);
  const latest = useRef(series);
  latest.current = series;
  const [pointed, setPointed] = useState<number | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme changes the colours that are read here
  useEffect(() => {
    const host = box.current;
    if (host === null) return;
    const made = new uPlot(optionsOf(host, mode, setPointed), dataOf(latest.current), host);
    chart.current = made;
    const sizes = new ResizeObserver(() => made.setSize({ width: host.clientWidth, height: HEIGHT }));
    sizes.observe(host);
    return () => {
      sizes.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [mode, theme]);

  useEffect(() => {
    chart.current?.setData(dataOf(series));
  }, [series]);

  const at = pointed === null ? undefined : series.at[pointed];
  return (
    <div className="min-w-0">
      <div ref={box} aria-hidden className="min-w-0 overflow-hidden" style={{ height: HEIGHT }} />
      <p aria-hidden className="h-4 text-muted text-xs tabular-nums">
        {at !== undefined &&
          pointed !== null &&
          `${axisText(at, mode, true)}: ${series.ended[pointed] ?? 'not known'} ended, ${series.failed[pointed] ?? 'not known'} failed`}
      </p>
    </div>
  );
}

function optionsOf(host: HTMLElement, mode: TimeMode, onPoint: (index: number | null) => void): uPlot.Options {
  const styles = getComputedStyle(document.documentElement);
  const colour = (name: string) => styles.getPropertyValue(`--${name}`).trim();
  const axis: uPlot.Axis = {
    stroke: colour('muted'),
    font: `11px ${getComputedStyle(host).fontFamily}`,
    grid: { stroke: colour('line'), width: 1 },
    ticks: { stroke: colour('line'), width: 1 },
  };
  const bars = uPlot.paths.bars?.({ size: [0.8, 24], align: 1 });
  const serie = (label: string, fill: string): uPlot.Series => ({
    label,
    fill,
    stroke: fill,
    width: 0,
    points: { show: false },
    ...(bars !== undefined && { paths: bars }),
  });
  return {
    width: host.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    hooks: { setCursor: [(plot) => onPoint(pointedAt(plot))] },
    // The last bar has room, too.
    scales: {
      x: { time: true, range: (plot, min, max) => [min, max + widthOf(plot)] },
      y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.1)] },
    },
    axes: [
      { ...axis, space: 70, values: (_plot, splits) => splits.map((second) => axisText(second * 1_000, mode)) },
      { ...axis, size: 44, incrs: WHOLE_STEPS, values: (_plot, splits) => splits.map((value) => value.toLocaleString('en')) },
    ],
    series: [{}, serie('Ended', colour('accent')), serie('Failed', colour('bad'))],
  };
}

/** The bar under the pointer, not the beginning that is nearest. */
function pointedAt({ cursor: { left }, data: [times], posToVal }: uPlot): number | null {
  if (left === undefined || left < 0) return null;
  const second = posToVal(left, 'x');
  const index = times.findLastIndex((time) => time <= second);
  return index === -1 ? null : index;
}

/** Of a bar, in seconds. */
function widthOf({ data: [times] }: uPlot): number {
  return (times[1] ?? 0) - (times[0] ?? 0);
}

/** uPlot counts time in seconds. */
function dataOf({ at, ended, failed }: Series): uPlot.AlignedData {
  return [at.map((time) => time / 1_000), ended, failed];
}

function axisText(at: number, mode: TimeMode, isLong = false): string {
  if (mode === 'relative') return relativeText(at, Date.now());
  const text = timeText(at, mode);
  return isLong ? text : text.slice(11, 16);
}

function listenToTheme(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return () => observer.disconnect();
}
