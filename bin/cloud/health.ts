import type { Clock } from '@tocsin/contracts';
import type { Health } from '@tocsin/dashboard';

type PartHealth = { status: 'ok' | 'degraded'; sinceMs?: number };

export type CloudParts = {
  clock: Clock;
  /** The alarm desk and the intake: while either is degraded, alerts are not taken in. */
  desk(): PartHealth;
  intake(): PartHealth;
  /** Offset up to which the desk and the series have applied the log. */
  deskCursor(): number;
  seriesCursor(): number;
};

/** The series gather for a quarter of a second and their thread comes back within 30 s; longer than this is no hiccup. */
const seriesStuckMs = 60_000;

/** Joins what the parts of the cloud say of themselves. Series that stand still make it degraded, but stop no alert. */
export function createCloudHealth({ clock, desk, intake, deskCursor, seriesCursor }: CloudParts): () => Health {
  let stuck: { cursor: number; sinceMs: number } | undefined;

  function seriesStand(): boolean {
    const cursor = seriesCursor();
    if (cursor >= deskCursor()) stuck = undefined;
    else if (stuck?.cursor !== cursor) stuck = { cursor, sinceMs: clock.monotonicMs() };
    return stuck !== undefined && clock.monotonicMs() - stuck.sinceMs >= seriesStuckMs;
  }

  return () => {
    const stopped = [desk(), intake()].filter(({ status }) => status !== 'ok');
    const status = seriesStand() || stopped.length > 0 ? 'degraded' : 'ok';
    if (stopped.length === 0) return { status };
    return { status, alertsStoppedAtMs: Math.min(...stopped.map(({ sinceMs }) => sinceMs ?? clock.nowMs())) };
  };
}
