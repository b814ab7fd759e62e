import type { AlertView } from '@tocsin/contracts';
import { compareAlerts } from '@tocsin/contracts/desk';

/** The rows to show and the alerts held back until the reader lets them in. */
export type Arrangement = { rows: AlertView[]; held: AlertView[] };

/**
 * Puts alerts in the order of the desk. While the list is `frozen` (pointer or focus in it) every row that is shown stays
 * exactly where it is, even one that no longer belongs, and new alerts are held back: nothing jumps under the cursor.
 */
export function arrange(
  wanted: readonly AlertView[],
  options: { shown: readonly string[]; frozen: boolean; find(key: string): AlertView | undefined },
): Arrangement {
  const sorted = [...wanted].sort(compareAlerts);
  if (!options.frozen) return { rows: sorted, held: [] };
  const shown = new Set(options.shown);
  const rows = options.shown.map(options.find).filter((alert) => alert !== undefined);
  return { rows, held: sorted.filter(({ key }) => !shown.has(key)) };
}
