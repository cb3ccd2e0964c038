export interface FaultPoint {
  file: string;
  at: string;
  side: 'before' | 'after';
  /** An expression. */
  name: string;
}
export const FAULT_POINTS: readonly FaultPoint[];
