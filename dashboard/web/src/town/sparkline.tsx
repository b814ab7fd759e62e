/** A small curve of recent values; the number beside it says the same in text. */
export function Sparkline({ points }: { points: readonly (readonly [atMs: number, value: number])[] }) {
  if (points.length < 2) return <svg className="spark" viewBox="0 0 120 28" aria-hidden="true" />;
  const values = points.map(([, value]) => value);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const startMs = points[0]![0];
  const spanMs = points.at(-1)![0] - startMs || 1;
  const y = (value: number) => (high === low ? 14 : 26 - ((value - low) / (high - low)) * 24);
  const line = points.map(
    ([atMs, value]) => `${(((atMs - startMs) / spanMs) * 119).toFixed(1)},${y(value).toFixed(1)}`,
  );
  return (
    <svg className="spark" viewBox="0 0 120 28" preserveAspectRatio="none" aria-hidden="true">
      <polyline points={line.join(' ')} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
