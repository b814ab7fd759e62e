import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { silentLogger } from '@tocsin/contracts';
import { afterEach, describe, expect, test } from 'vitest';
import { openLine, type ReadObject } from './line.ts';

/** A peer of raw datagrams, so that every wrong answer can be given. Lengths below 128 need one octet. */
type Asked = { id: Buffer; community: Buffer; tag: number; oid: Buffer; bytes: Buffer };

function parse(bytes: Buffer): Asked {
  const communityAt = 5;
  const community = bytes.subarray(communityAt, communityAt + 2 + bytes[communityAt + 1]!);
  const pduAt = communityAt + community.length;
  const id = bytes.subarray(pduAt + 2, pduAt + 4 + bytes[pduAt + 3]!);
  const oidAt = pduAt + 2 + id.length + 6 + 2 + 2;
  return { id, community, tag: bytes[pduAt]!, oid: bytes.subarray(oidAt, oidAt + 2 + bytes[oidAt + 1]!), bytes };
}

const tlv = (tag: number, ...parts: Buffer[]) => {
  const value = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, value.length]), value]);
};
const int = (...octets: number[]) => tlv(2, Buffer.from(octets));
const version1 = int(0);

type Reply = {
  status?: number;
  value?: Buffer;
  oid?: Buffer;
  count?: number;
  tag?: number;
  version?: Buffer;
  community?: Buffer;
};

function answer(asked: Asked, reply: Reply): Buffer {
  const { status = 0, value = int(5), oid = asked.oid, count = 1, tag = 0xa2, version = version1 } = reply;
  const varbinds = Array.from({ length: count }, () => tlv(0x30, oid, value));
  const index = status === 0 ? 0 : 1;
  const pdu = tlv(tag, asked.id, int(status), int(index), tlv(0x30, ...varbinds));
  return tlv(0x30, version, reply.community ?? asked.community, pdu);
}

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function peer(heard: (asked: Asked, socket: Socket, from: RemoteInfo) => void) {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  socket.on('message', (bytes, from) => heard(parse(bytes), socket, from));
  ends.push(() => socket.close());
  const communities = { read: 'public', write: 'private' };
  const line = openLine({
    host: '127.0.0.1',
    port: socket.address().port,
    communities,
    timeoutMs: 120,
    logger: silentLogger,
  });
  ends.push(() => line.close());
  return line;
}

const oid = '1.3.6.1.4.1.1206.4.2.1.3.3.0';
const byte: ReadObject = { oid, type: 'Integer', max: 255 };

describe('an answer', () => {
  test.each([
    ['a value', {}, { ok: true, values: [5] }],
    ['noSuchName', { status: 2 }, { ok: false, sure: true, why: `it answers NoSuchName: ${oid}` }],
    ['tooBig', { status: 1 }, { ok: false, sure: true, why: `it answers TooBig: ${oid}` }],
    ['a value out of range', { value: int(1, 44) }, { ok: false, why: `${oid} is outside 0 to 255` }],
    ['a negative value', { value: int(0xff) }, { ok: false, why: `${oid} is outside 0 to 255` }],
    ['another type', { value: tlv(4, Buffer.from('5')) }, { ok: false, why: `it does not have ${oid} as Integer` }],
    ['no value', { value: Buffer.from([0x81, 0]) }, { ok: false, why: `it does not have ${oid} as Integer` }],
    [
      'another object',
      { oid: tlv(6, Buffer.from([0x2b, 6, 1])) },
      { ok: false, why: expect.stringMatching(/its answer is wrong/) },
    ],
    ['nothing', { count: 0 }, { ok: false, why: expect.stringMatching(/its answer is wrong/) }],
    ['a request', { tag: 0xa0 }, { ok: false, why: expect.stringMatching(/its answer is wrong/) }],
    [
      'another community',
      { community: tlv(4, Buffer.from('other')) },
      { ok: false, why: expect.stringMatching(/its answer is wrong/) },
    ],
    ['another version', { version: int(1) }, { ok: false, why: expect.stringMatching(/its answer is wrong/) }],
    ['a length that lies', { value: Buffer.from([2, 100, 5]) }, { ok: false, why: 'it does not answer' }],
  ] as const)('with %s is taken for what it is', async (_, reply: Reply, expected) => {
    const line = await peer((asked, socket, { port }) => socket.send(answer(asked, reply), port, '127.0.0.1'));
    expect(await line.read([byte])).toMatchObject(expected);
  });

  test('from another port is refused and counted, and the right one is still taken', async () => {
    const stranger = createSocket('udp4');
    ends.push(() => stranger.close());
    const line = await peer((asked, socket, { port }) => {
      stranger.send(answer(asked, { value: int(99) }), port, '127.0.0.1', () => {
        socket.send(answer(asked, {}), port, '127.0.0.1');
      });
    });
    expect(await line.read([byte])).toEqual({ ok: true, values: [5] });
    expect(line.refused()).toBe(1);
  });

  test('that is noise harms nobody, and the next right one is taken', async () => {
    let seed = 1;
    const next = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed;
    };
    let noisy = true;
    const line = await peer((asked, socket, { port }) => {
      const right = answer(asked, {});
      // The number of the request often survives, so that the reader gets as far as it can.
      for (let i = 0; noisy && i < 200; i += 1) {
        const noise = Buffer.from(right);
        for (let j = 0; j < 3; j += 1) noise[next() % noise.length] = next() % 256;
        socket.send(noise, port, '127.0.0.1');
      }
      if (noisy) socket.send(Buffer.alloc(9000, 0x30), port, '127.0.0.1');
      else socket.send(right, port, '127.0.0.1');
    });
    for (let round = 0; round < 10; round += 1) await line.read([byte]);
    noisy = false;
    const answers = [await line.read([byte]), await line.read([byte])];
    expect(answers.at(-1)).toEqual({ ok: true, values: [5] });
    expect(line.refused()).toBeGreaterThan(100);
  });

  test('that is an SNMP v3 message with the number of the request ends in a refusal, not in an exception', async () => {
    const line = await peer((asked, socket, { port }) => {
      const header = tlv(0x30, asked.id, int(5), tlv(4, Buffer.from([0])), int(3));
      const v3 = tlv(0x30, int(3), header, tlv(4, tlv(0x30)), tlv(0x30));
      socket.send(v3, port, '127.0.0.1');
    });
    expect(await line.read([byte])).toMatchObject({ ok: false });
  });
});

describe('a request', () => {
  test('that is lost is sent again under the same number, and its late double is ignored', async () => {
    const ids: string[] = [];
    const line = await peer((asked, socket, { port }) => {
      ids.push(asked.id.toString('hex'));
      if (ids.length < 2) return;
      socket.send(answer(asked, {}), port, '127.0.0.1');
      socket.send(answer(asked, { value: int(6) }), port, '127.0.0.1');
    });
    expect(await line.read([byte])).toEqual({ ok: true, values: [5] });
    expect(ids[0]).toBe(ids[1]);
    expect(ids).toHaveLength(2);
  });

  test('that raises is sent once, under the write community, and may have been done', async () => {
    const seen: Asked[] = [];
    const line = await peer((asked) => void seen.push(asked));
    expect(await line.write([{ oid, value: 1 }], true)).toEqual({ ok: false, sure: false, why: 'it does not answer' });
    expect(seen).toHaveLength(1);
    expect(seen[0]!.tag).toBe(0xa3);
    expect(seen[0]!.community.toString()).toContain('private');
  });

  test('that is refused has certainly not been done', async () => {
    const line = await peer((asked, socket, { port }) => socket.send(answer(asked, { status: 4 }), port, '127.0.0.1'));
    expect(await line.write([{ oid, value: 1 }], false)).toMatchObject({ ok: false, sure: true });
  });

  test('on a closed line is answered at once', async () => {
    const line = await peer(() => {});
    const pending = line.read([byte]);
    line.close();
    expect(await pending).toMatchObject({ ok: false });
    expect(await line.read([byte])).toMatchObject({ ok: false });
  });
});
