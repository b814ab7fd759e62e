import { serveSign, serveSiren } from '@tocsin/simulators';
import { type Deed, oneOf, type Simulated, wholeNumber } from './words.ts';

type Device = { setFault(fault: string): void; reboot(awayMs: number): void };

const deedsOf = (device: Device, faults: readonly string[]): Record<string, Deed> => ({
  fault: {
    usage: `fault ${faults.join('|')}`,
    says: 'How it goes wrong.',
    run: ([fault]) => device.setFault(oneOf(fault, faults)),
  },
  reboot: {
    usage: 'reboot MS',
    says: 'It forgets everything and is away for so long.',
    run: ([ms]) => device.reboot(wholeNumber(ms, 600_000)),
  },
});

/** Serves a siren with an HTTP API on loopback. */
export async function simulateSiren({ port }: { port: number }): Promise<Simulated> {
  const siren = await serveSiren({ port });
  return {
    where: `${siren.url}/api/output`,
    look: () => ({ sounds: siren.sounds() }),
    deeds: deedsOf(siren as Device, ['none', 'broken', 'lies', 'timerless']),
    stop: () => siren.stop(),
  };
}

/** Serves a variable message sign with an HTTP API on loopback. */
export async function simulateSign({ port }: { port: number }): Promise<Simulated> {
  const sign = await serveSign({ port });
  return {
    where: `${sign.url}/sign`,
    look: () => ({ text: sign.text(), pages: sign.pages() }),
    deeds: deedsOf(sign as Device, ['none', 'stuck', 'timerless']),
    stop: () => sign.stop(),
  };
}
