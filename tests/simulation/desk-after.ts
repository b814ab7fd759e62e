import { type AlertView, type Batch, silentLogger, systemClock } from '@tocsin/contracts';
import { createRulesService } from '@tocsin/rules/service';

/** What the real desk shows after everything a cloud has stored of a site, in order of storing. */
export async function deskAfter(stored: readonly Batch[]): Promise<AlertView[]> {
  const service = createRulesService({
    dbPath: ':memory:',
    log: { read: () => [] },
    rulesConfig: [],
    publish() {},
    signCommand: undefined,
    clock: { ...systemClock, after: () => () => {} },
    logger: silentLogger,
  });
  await service.start();
  const urgent = stored.filter(({ lane }) => lane === 'urgent');
  for (const [i, batch] of urgent.entries())
    service.committed({ ...batch, offset: i + 1, receivedAtMs: batch.sentAtMs });
  const alerts = service.desk.alerts();
  await service.stop();
  return alerts;
}
