import type { Severity } from '@tocsin/contracts';

/** One outline per severity, so that the shape alone tells them apart, the worst with the most corners. */
const shapes: Record<Severity, string> = {
  Extreme: 'M7 1h10l6 6v10l-6 6H7l-6-6V7z',
  Severe: 'M12 1.500 23.500 22.500H.5z',
  Moderate: 'M12 1 23 12 12 23 1 12z',
  Minor: 'M12 2a10 10 0 1 1 0 20 10 10 0 0 1 0-20z',
  Unknown: 'M3 3h18v18H3z',
};

/** A severity as colour, shape and word. */
export function SeverityMark({
  severity,
  ended = false,
  word = true,
}: {
  severity: Severity;
  ended?: boolean;
  word?: boolean;
}) {
  return (
    <span className={`severity severity-${severity.toLowerCase()}${ended ? ' severity-ended' : ''}`}>
      <svg width="18" height="18" viewBox="0 0 24 24" aria-hidden="true">
        <path d={shapes[severity]} />
      </svg>
      <span className={word ? 'severity-word' : 'visually-hidden'}>{severity}</span>
    </span>
  );
}
