// The bars of one row, where they lie in what is shown.
import { memo } from 'react';
import { durationText } from '../../parts/time-text';
import { SEGMENT_LOOKS } from './step-look';
import type { Segment, SegmentLook } from './timeline-rows';
import { place, type TimeRange } from './timeline-scale';

export interface TimelineBarsProps {
  segments: readonly Segment[];
  range: TimeRange;
  /** What has no end yet ends here. */
  end: number;
}

const HEIGHTS: Partial<Record<SegmentLook, string>> = { retry: 'top-3 bottom-3', mark: 'top-0.5 bottom-0.5' };

export const TimelineBars = memo(function TimelineBars({ segments, range, end }: TimelineBarsProps) {
  return segments.map(({ from, to, look, text }, index) => {
    const until = Math.max(from, Math.min(to, end));
    const found = place(from, until, range);
    if (found === undefined) return null;
    return (
      <span
        // biome-ignore lint/suspicious/noArrayIndexKey: segments are told apart by their place
        key={index}
        title={look === 'mark' ? text : `${text}, ${durationText(until - from)}`}
        className={`${SEGMENT_LOOKS[look].className} ${HEIGHTS[look] ?? 'top-1.5 bottom-1.5'}`}
        style={{ left: `${found.left}%`, width: `${found.width}%` }}
      />
    );
  });
});
