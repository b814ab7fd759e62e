import { act, blindRule, doubtClock, ownVoice, planVoice, push } from './decide.ts';
import type { Effects, Parts } from './parts.ts';
import type { TroubleBook } from './trouble-book.ts';

/** Everything that changed since the last call, by key. */
export function takeDirty({
  validator,
  engine,
  plan,
  book,
  alertOrders,
  clockDoubts,
}: Parts): [key: string, state: unknown][] {
  const taken: [string, unknown][] = [];
  for (const [key, state] of validator.takeDirty()) taken.push([`stream:${key}`, state]);
  for (const [key, state] of engine.takeDirty()) taken.push([`engine:${key}`, state]);
  for (const [key, state] of plan.takeDirty()) taken.push([`plan:${key}`, state]);
  for (const [key, state] of book.takeDirty()) taken.push([`trouble:${key}`, state]);
  const { isDirty, ...orders } = alertOrders;
  if (isDirty) taken.push(['alertOrders', structuredClone(orders)]);
  alertOrders.isDirty = false;
  const { isDirty: isDoubtDirty, ...doubts } = clockDoubts;
  if (isDoubtDirty) taken.push(['clockDoubts', doubts]);
  clockDoubts.isDirty = false;
  return taken;
}

/** Puts states back; those of parts that no longer exist are ignored. */
export function restore(parts: Parts, states: Iterable<[key: string, state: unknown]>): void {
  const families: Record<string, [string, unknown][]> = { stream: [], engine: [], plan: [] };
  for (const [key, state] of states) {
    const colon = key.indexOf(':');
    const family = colon < 0 ? key : key.slice(0, colon);
    const name = key.slice(colon + 1);
    if (family === 'alertOrders') Object.assign(parts.alertOrders, structuredClone(state));
    else if (family === 'clockDoubts') Object.assign(parts.clockDoubts, state);
    else if (family === 'trouble') parts.book.restore(name, state);
    else families[family]?.push([name, state]);
  }
  parts.validator.restore(families.stream!);
  parts.engine.restore(families.engine!);
  parts.plan.restore(families.plan!);
}

/** Starts again from restored states: what is no longer configured ends, and actuators are left alone until they spoke. */
export function takeRestart(parts: Parts, atMs: number, effects: Effects): void {
  const { site, book, plan, engine, wishes } = parts;
  const channels = new Map(site.devices.map(({ id, channels: rows }) => [id, new Set(rows.map((row) => row.id))]));
  const isKnown: Parameters<TroubleBook['retire']>[0] = ({ subject, source }) => {
    if (source === planVoice) return plan.has(subject);
    if (source === `${planVoice} area`) return site.limits?.areas?.[subject] !== undefined;
    if (source === `${planVoice} site`) return subject === site.site && site.limits?.site !== undefined;
    // The engine ends by itself what it can no longer tell of.
    if (source === 'rules') return true;
    if (source === ownVoice) return plan.has(subject) || site.cameras.some(({ id }) => id === subject);
    const channel = source.slice('channel '.length);
    const known = channels.get(subject);
    return known === undefined ? subject === site.site : channel === '' || known.has(channel);
  };
  for (const transition of book.retire(isKnown, atMs)) push(effects, transition);
  // Nobody of this process has seen the clock jump; whether it is set at all, the shell says anew.
  push(effects, book.say({ name: 'clock-jump', subject: site.site, source: 'channel ', reasons: [], atMs }));
  for (const voice of ['jump', 'shell'] as const) doubtClock(parts, { voice, why: undefined, atMs }, effects);
  act(parts, { kind: 'restarted', atMs }, effects);
  for (const wish of wishes.review(engine.alerts(), atMs)) act(parts, wish, effects);
}

/** Tells every alert that stands again. Actuators are left alone: they have what the first telling asked for. */
export function takeRetell({ engine, book }: Parts, atMs: number, effects: Effects): void {
  for (const effect of engine.step({ kind: 'retell', atMs }))
    if (effect.kind === 'alert' && effect.transition.rule !== blindRule) push(effects, effect.transition);
  for (const transition of book.retell(atMs)) push(effects, transition);
}
