import { createServer } from 'node:net';
import { Fault, systemClock } from '@tocsin/contracts';
import { expect, test } from 'vitest';
import { pretendAlert } from '../pretend/alerts.ts';
import { createPretendClock } from '../pretend/clock.ts';
import { startPretendDashboard } from '../pretend/dashboard.ts';
import { createPretendDesk, type PretendDesk } from '../pretend/desk.ts';
import type { Health } from './health.ts';
import { createFanOut } from './stream/fan-out.ts';

/** A desk whose database can be taken away: what it then answers is STORE_BUSY. */
function frailDesk() {
  const desk = createPretendDesk();
  const state = { broken: false };
  const frail = <A extends unknown[], T>(ask: (...given: A) => T) => {
    return (...given: A): T => {
      if (state.broken) throw new Fault('STORE_BUSY', 'The state is being reopened.');
      return ask(...given);
    };
  };
  const { alerts, alert, actuators, lastEventId, firstEventId, eventsAfter } = desk;
  const frails: PretendDesk = {
    ...desk,
    alerts: frail(alerts),
    alert: frail(alert),
    actuators: frail(actuators),
    lastEventId: frail(lastEventId),
    firstEventId: frail(firstEventId),
    eventsAfter: frail(eventsAfter),
  };
  return { desk: frails, state };
}

/** A socket that keeps what it was given; with `full` it wants to be drained first. */
function pretendSocket() {
  const drains: (() => void)[] = [];
  const socket = {
    text: '',
    full: false,
    destroyed: false,
    ended: false,
    writableLength: 0,
    write(text: string) {
      socket.text += text;
      return !socket.full;
    },
    once: (_event: string, listener: () => void) => drains.push(listener),
    end: () => {
      socket.ended = true;
    },
    destroy: () => {
      socket.destroyed = true;
    },
    drain() {
      socket.full = false;
      for (const listener of drains.splice(0)) listener();
    },
  };
  return socket;
}

function setUp() {
  const clock = createPretendClock();
  const { desk, state } = frailDesk();
  const health: { now: Health } = { now: { status: 'ok' } };
  const fanOut = createFanOut({ desk, clock, health: () => health.now });
  fanOut.start();
  const socket = pretendSocket();
  const session = { alive: (): boolean => true };
  const add = (response: ReturnType<typeof pretendSocket>) =>
    fanOut.add({ user: 'u', alive: () => session.alive(), sees: () => true, after: undefined, response });
  return { clock, desk, state, health, fanOut, socket, session, add };
}

const heartbeats = (text: string) =>
  [...text.matchAll(/event: heartbeat\nid: \d+\ndata: (.*)\n/g)].map(([, data]) => JSON.parse(data!));

test('a desk that fails throws out of no timer: its consoles are told that alerts stand still, and later everything', () => {
  const { clock, desk, state, health, socket, add } = setUp();
  add(socket);
  state.broken = true;
  health.now = { status: 'degraded', alertsStoppedAtMs: 4_711 };
  desk.raise(pretendAlert({ takenAtMs: 1 }));
  clock.advance(11_000);
  expect(socket.text).not.toContain('event: alert');
  expect(heartbeats(socket.text).map((beat) => beat.alertsStoppedAtMs)).toEqual([undefined, 4_711, 4_711]);
  state.broken = false;
  health.now = { status: 'ok' };
  clock.advance(5_000);
  expect(socket.text.match(/event: alert\nid: 1\n/g)).toHaveLength(1);
  expect(heartbeats(socket.text).at(-1)).not.toHaveProperty('alertsStoppedAtMs');
});

test('a desk that fails throws out of no socket: a reader that drains meanwhile goes on where it was', () => {
  const { clock, desk, state, socket, add } = setUp();
  socket.full = true;
  add(socket);
  desk.raise(pretendAlert({ takenAtMs: 1 }));
  clock.advance(50);
  state.broken = true;
  socket.drain();
  state.broken = false;
  clock.advance(5_000);
  expect(socket.text.match(/event: alert\nid: 1\n/g)).toHaveLength(1);
});

test('a console that comes while the desk fails is let in and told so', () => {
  const { state, health, fanOut, socket, add } = setUp();
  state.broken = true;
  health.now = { status: 'degraded', alertsStoppedAtMs: 9 };
  add(socket);
  expect(fanOut.readers()).toBe(1);
  expect(heartbeats(socket.text)).toMatchObject([{ alertsStoppedAtMs: 9 }]);
});

test('a session that cannot be looked up loses its stream, and no other does', () => {
  const { clock, fanOut, socket, session, add } = setUp();
  add(socket);
  const other = pretendSocket();
  fanOut.add({ user: 'v', alive: () => true, sees: () => true, after: undefined, response: other });
  session.alive = () => {
    throw new Error('database is locked');
  };
  clock.advance(2_000);
  expect([socket.ended, other.ended]).toEqual([true, false]);
});

test('the health check says degraded when the cloud does, and when the question itself fails', async () => {
  let health = (): Health => ({ status: 'ok' });
  const house = await startPretendDashboard({ health: () => health() });
  try {
    const ask = async () => (await house.dashboard.app.inject('/api/health')).json();
    expect(await ask()).toEqual({ status: 'ok' });
    health = () => ({ status: 'degraded', alertsStoppedAtMs: systemClock.nowMs() });
    expect(await ask()).toEqual({ status: 'degraded' });
    health = () => {
      throw new Error('broken');
    };
    expect(await ask()).toEqual({ status: 'degraded' });
  } finally {
    await house.close();
  }
});

test('a port that somebody has is a fault with a remedy', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const start = startPretendDashboard({ listen: { host: '127.0.0.1', port } });
  await expect(start).rejects.toMatchObject({
    code: 'LISTEN_FAILED',
    detail: `The console at 127.0.0.1:${port} (EADDRINUSE).`,
    remedy: 'Stop the program that uses the port, or choose another port.',
  });
  await new Promise((resolve) => server.close(resolve));
});
