import { createInterface } from 'node:readline';
import { Fault, systemClock } from '@tocsin/contracts';
import { type CliCommand, fileArgument } from '../command.ts';
import { simulateSign, simulateSiren } from '../simulate/by-http.ts';
import { simulateController } from '../simulate/controller.ts';
import { simulatePanel } from '../simulate/panel.ts';
import { relayNames, simulateRelay } from '../simulate/relay.ts';
import { deedsText, doLine, oneOf, type Simulated, wholeNumber } from '../simulate/words.ts';
import { untilStopped } from '../start-all.ts';

const devices = ['panel', 'controller', 'outstation', 'siren', 'sign', ...relayNames] as const;
const usage = `tocsin simulate ${devices.join('|')}`;
/** How often its state is looked at for a change. */
const lookMs = 50;

/** Tells every change of the device as one line of JSON; answers how to end. */
function tellChanges(device: Simulated, out: (text: string) => void): () => void {
  let told = '';
  let stop = () => {};
  const look = () => {
    const now = JSON.stringify(device.look());
    if (now !== told)
      out(`${JSON.stringify({ at: new Date(systemClock.nowMs()).toISOString(), ...JSON.parse(now) })}\n`);
    told = now;
    stop = systemClock.after(lookMs, look);
  };
  look();
  return () => stop();
}

/** Serves one simulated device for anybody's driver, and lets a person or a script spoil it. */
export const simulate: CliCommand = {
  name: 'simulate',
  usage,
  example:
    'tocsin simulate panel --port 5020 --ways 2\ntocsin simulate tasmota --mqtt mqtt://127.0.0.1:1884 --name siren --username siren\necho "feedback 0 stick" | tocsin simulate panel > moves.jsonl',
  options: {
    port: { type: 'string' },
    ways: { type: 'string' },
    kind: { type: 'string' },
    framing: { type: 'string' },
    mqtt: { type: 'string' },
    name: { type: 'string' },
    username: { type: 'string' },
  },
  help: {
    port: { value: 'N', says: 'Port on 127.0.0.1, where it serves itself; default: any that is free.' },
    ways: { value: 'N', says: 'Breakers of the panel; default 1.' },
    kind: { value: 'KIND', says: 'shunt (default), undervoltage or contactor.' },
    framing: { value: 'F', says: 'tcp (default) or rtu-over-tcp.' },
    mqtt: { value: 'URL', says: 'The broker a relay joins.' },
    name: { value: 'NAME', says: 'Topic or device name of a relay; default siren.' },
    username: { value: 'NAME', says: 'How a relay logs in; its password is read from TOCSIN_MQTT_PASSWORD.' },
  },
  async run({ args, options, io }) {
    const name = oneOf(fileArgument(args, 'device', usage), devices);
    const given = options as Record<string, string | undefined>;
    const port = wholeNumber(given.port ?? '0', 65_535);
    const device = await start(name, { ...given, port, password: io.env.TOCSIN_MQTT_PASSWORD }).catch(
      (cause: NodeJS.ErrnoException) => {
        if (cause.syscall !== 'listen' && cause.syscall !== 'bind') throw cause;
        throw new Fault('LISTEN_FAILED', `127.0.0.1:${port} (${cause.code})`, {
          remedy: 'Stop the program that uses the port, or choose another with --port.',
          cause,
        });
      },
    );
    io.err(`${name}: ${device.where}\nType what befalls it; Ctrl-C ends it.\n${deedsText(device.deeds)}\n`);
    const stopTelling = tellChanges(device, io.out);
    const lines = createInterface({ input: process.stdin, terminal: false });
    lines.on('line', (line) => {
      const answer = doLine(device, line);
      if (answer !== undefined) io.err(`${answer}\n`);
    });
    await untilStopped();
    lines.close();
    stopTelling();
    await device.stop();
    return 0;
  },
};

type Given = { port: number; [option: string]: string | number | undefined };

function start(name: (typeof devices)[number], given: Given): Promise<Simulated> {
  const text = (option: string) => (given[option] === undefined ? {} : { [option]: String(given[option]) });
  const { port } = given;
  if (name === 'panel') return simulatePanel({ port, ...text('ways'), ...text('kind'), ...text('framing') });
  if (name === 'controller') return simulateController({ port, dialect: 'ntcip-1202' });
  if (name === 'outstation') return simulateController({ port, dialect: 'ug405' });
  if (name === 'siren') return simulateSiren({ port });
  if (name === 'sign') return simulateSign({ port });
  const broker = given.mqtt === undefined ? {} : { mqttUrl: String(given.mqtt) };
  return simulateRelay({ firmware: name, ...broker, ...text('name'), ...text('username'), ...text('password') });
}
