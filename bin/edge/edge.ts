import { dirname, join } from 'node:path';
import { type Clock, type Logger, type Running, type Secret, topics } from '@tocsin/contracts';
import { createEdgeAgent, createMqttTransport, type EdgeAgentOptions, type Transport } from '@tocsin/edge-agent';
import { readCertificates, readSecret, type Site } from '@tocsin/edge-agent/site';
import { startAll } from '../start-all.ts';
import { version } from '../version.ts';
import { type Field, openField } from './field-broker.ts';
import { lockGateway } from './gateway-lock.ts';

export type EdgeOptions = {
  site: Site;
  /** The site file: what it names lies beside it. */
  file: string;
  env: Record<string, string | undefined>;
  clock: Clock;
  logger: Logger;
  /** Takes the place of the link to the cloud, for a tool that gives orders itself. */
  transport?: Transport;
  onDecision?: EdgeAgentOptions['onDecision'];
};

/** What a site with cameras needs; a gateway without any does not carry it in its memory. */
async function eyesOf({ site, file, env, clock, logger }: EdgeOptions): Promise<Partial<EdgeAgentOptions>> {
  if (site.cameras.length === 0) return {};
  const { createCameras } = await import('@tocsin/edge-agent/cameras');
  const readSecretOf = (secret: Secret) => readSecret(secret, env);
  return {
    evidence: { dir: join(site.dataDir, 'pictures'), keepMs: site.vision.keepDays * dayMs },
    openCameras: (ends) =>
      createCameras({
        ...{ site, clock, logger, random: Math.random, directory: dirname(file), readSecret: readSecretOf },
        ...ends,
      }),
  };
}
const dayMs = 86_400_000;

/** The link to the cloud as the site file describes it, or undefined for a gateway that stands alone. */
function cloudLink({ site, env, clock, logger }: EdgeOptions, offline: () => string): Transport | undefined {
  if (site.cloud === undefined) return undefined;
  return createMqttTransport({
    url: site.cloud.url,
    clientId: site.site,
    username: site.site,
    password: readSecret(site.cloud.password, env),
    ...(site.cloud.caFile === undefined ? {} : { ca: readCertificates(site.cloud.caFile) }),
    subscribe: [topics.downAll(site.site)],
    will: () => ({ topic: topics.status(site.site), payload: offline() }),
    clock,
    random: Math.random,
    logger,
  });
}

/** Runs one site's gateway: field side, agent, link. The field side opens first, so that no message comes before somebody listens. */
export async function startEdge(options: EdgeOptions): Promise<Running & { fieldPort?: number }> {
  const { site, clock, logger, env } = options;
  let field: Field | undefined;
  const running = await startAll([
    async () => lockGateway(site.dataDir),
    async () => {
      field = await openField(site, { env, clock, logger });
      return field;
    },
    async () => {
      const eyes = await eyesOf(options);
      const transport =
        options.transport ?? cloudLink(options, () => JSON.stringify({ ...agent.status(), online: false }));
      const agent = createEdgeAgent({
        site,
        field: field!,
        ...(transport === undefined ? {} : { transport }),
        ...eyes,
        ...(options.onDecision === undefined ? {} : { onDecision: options.onDecision }),
        readSecret: (secret) => readSecret(secret, env),
        journalPath: join(site.dataDir, 'journal.sqlite'),
        clock,
        logger,
        random: Math.random,
        version,
      });
      await agent.start();
      return agent;
    },
  ]);
  return { ...running, ...(field?.port === undefined ? {} : { fieldPort: field.port }) };
}
