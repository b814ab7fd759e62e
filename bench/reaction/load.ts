import { encodedPublish, type RawLogin, rawMqtt, subscribe } from '../harness/raw-mqtt.ts';

/**
 * One sensor and one relay, as raw as can be, in one process: the time from handing a reading to the socket until the relay's
 * order to switch on arrives. The sensor says danger, then calm twice (a rule without any delay before it clears does not load), and so
 * on. The relay answers each order with its state, as a real one does.
 */
export type LoadPlan = {
  sensor: RawLogin;
  relay: RawLogin;
  sensorTopic: string;
  commandTopic: string;
  stateTopic: string;
  /** Readings per second. */
  perSecond: number;
  count: number;
  /** Readings at the beginning that are not counted; a multiple of three. */
  warmUp: number;
};

const plan = JSON.parse(process.argv[2]!) as LoadPlan;
const sensor = await rawMqtt(plan.sensor);
const relay = await rawMqtt(plan.relay);
await subscribe(relay, plan.commandTopic, 1);
const danger = encodedPublish(plan.sensorTopic, Buffer.from('{"value":60}'), 1);
const calm = encodedPublish(plan.sensorTopic, Buffer.from('{"value":40}'), 1);
const states = new Map(['ON', 'OFF'].map((state) => [state, encodedPublish(plan.stateTopic, Buffer.from(state), 1)]));

let waiting: { sentAt: number } | undefined;
const took: number[] = [];
let missed = 0;
let extra = 0;

relay.onPacket = (type, bytes, bodyAt, endAt) => {
  if (type !== 3) return;
  const topicBytes = bytes.readUInt16BE(bodyAt);
  const qos = (bytes[bodyAt - 2]! >> 1) & 3;
  const payload = bytes.toString('latin1', bodyAt + 2 + topicBytes + (qos > 0 ? 2 : 0), endAt);
  if (waiting !== undefined && payload === 'ON') {
    took.push(performance.now() - waiting.sentAt);
    waiting = undefined;
  } else if (payload === 'ON') extra += 1;
  if (qos > 0) {
    const id = bytes.readUInt16BE(bodyAt + 2 + topicBytes);
    relay.socket.write(Buffer.from([0x40, 2, id >> 8, id & 255]));
  }
  const state = states.get(payload);
  if (state) relay.socket.write(state.batch(1));
};
sensor.onPacket = () => {};

process.send!({ ready: true });
process.on('message', async () => {
  const total = plan.warmUp + plan.count;
  let next = performance.now();
  for (let n = 0; n < total; n += 1) {
    const pause = next - performance.now();
    await new Promise<void>((done) => (pause > 1 ? setTimeout(done, pause - 0.5) : setImmediate(done)));
    const high = n % 3 === 0;
    if (high && waiting !== undefined) missed += 1;
    if (n === plan.warmUp) {
      took.length = 0;
      missed = 0;
      extra = 0;
    }
    if (high) waiting = { sentAt: performance.now() };
    sensor.socket.write((high ? danger : calm).batch(1));
    next += 1000 / plan.perSecond;
  }
  await new Promise((done) => setTimeout(done, 500));
  if (waiting !== undefined) missed += 1;
  process.send!({ took, missed, extra });
});
process.on('disconnect', () => process.exit(0));
