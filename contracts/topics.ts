import { isName } from './names.ts';

/** The three queues between a site and the cloud, in the order in which they are sent. */
export const lanes = ['urgent', 'live', 'backlog'] as const;
export type Lane = (typeof lanes)[number];

const root = 'tocsin/v1';

/** The topics of contract v1; `site` must be a legal name. */
export const topics = {
  descriptor: (site: string) => `${root}/${site}/descriptor`,
  status: (site: string) => `${root}/${site}/status`,
  up: (site: string, lane: Lane) => `${root}/${site}/up/${lane}`,
  /** A picture: the payload is the JPEG itself. */
  picture: (site: string) => `${root}/${site}/up/picture`,
  /** What a camera sees now. */
  view: (site: string) => `${root}/${site}/up/view`,
  ack: (site: string) => `${root}/${site}/down/ack`,
  command: (site: string) => `${root}/${site}/down/command`,
  pictureAck: (site: string) => `${root}/${site}/down/picture`,
  config: (site: string) => `${root}/${site}/down/config`,
  /** Filter of everything the cloud says to one site. */
  downAll: (site: string) => `${root}/${site}/down/+`,
} as const;

export type UpTopic =
  | { site: string; leaf: 'descriptor' | 'status' | 'picture' | 'view' }
  | { site: string; leaf: 'up'; lane: Lane };

/** Reads a topic that a site may publish on, or answers undefined: no other topic is the cloud's business. */
export function parseUpTopic(topic: string): UpTopic | undefined {
  const [a, b, site, leaf, lane, ...rest] = topic.split('/');
  if (`${a}/${b}` !== root || !isName(site) || rest.length > 0) return undefined;
  if ((leaf === 'descriptor' || leaf === 'status') && lane === undefined) return { site, leaf };
  if (leaf === 'up' && (lane === 'picture' || lane === 'view')) return { site, leaf: lane };
  if (leaf === 'up' && lanes.includes(lane as Lane)) return { site, leaf, lane: lane as Lane };
  return undefined;
}
