/** How the cloud is. */
export type Health = {
  status: 'ok' | 'degraded';
  /** Since when alerts are not being taken in; absent while they are. Milliseconds since 1970. */
  alertsStoppedAtMs?: number;
};

/** All is well. */
export const wellHealth = (): Health => ({ status: 'ok' });

/** Asks the cloud how it is; a question that fails is answered: something is wrong. */
export function guardedHealth(ask: () => Health): () => Health {
  return () => {
    try {
      return ask();
    } catch {
      return { status: 'degraded' };
    }
  };
}
