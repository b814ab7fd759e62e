import type { Clock, Logger } from '@tocsin/contracts';
import { openSqlite, rollBack } from '../sqlite/open.ts';

/** The newest payload of each site and leaf, as text, and what the site ever described (`channels`), so that a restart forgets nothing. */
export type SitePayload = { site: string; leaf: 'channels' | 'descriptor' | 'status'; text: string };

const schema = `
  CREATE TABLE site_payload (site TEXT NOT NULL, leaf TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (site, leaf)) STRICT`;

/** Opens the file; `write` answers false when the disk refused, and what was to be written is to be kept. */
export function openSiteFile(path: string, { clock, logger }: { clock: Pick<Clock, 'nowMs'>; logger: Logger }) {
  const { db, setAside } = openSqlite({ path, schema, version: 1, nowMs: () => clock.nowMs(), check: true });
  if (setAside !== undefined) logger.warn(setAside, 'sites: the file was damaged and set aside; sites will tell again');
  const put = db.prepare('INSERT OR REPLACE INTO site_payload (site, leaf, text) VALUES (?, ?, ?)');
  let broken = false;
  return {
    all: () =>
      db.prepare('SELECT site, leaf, text FROM site_payload ORDER BY site, leaf').all() as unknown as SitePayload[],
    write(payloads: readonly SitePayload[]): boolean {
      try {
        db.exec('BEGIN IMMEDIATE');
        for (const { site, leaf, text } of payloads) put.run(site, leaf, text);
        db.exec('COMMIT');
        broken = false;
        return true;
      } catch (error) {
        rollBack(db);
        if (!broken) logger.warn({ error }, 'sites: descriptions could not be written');
        broken = true;
        return false;
      }
    },
    close: () => db.close(),
  };
}
