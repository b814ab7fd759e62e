import { Fault } from '@tocsin/contracts';
import type { CameraSource, SourceConfig, SourceHost } from '../../types.ts';
import { keepOpen } from '../keep-open.ts';
import { MqttSource } from './config.ts';

/** Longest message that is taken; brokers of the field side carry it in one frame. */
export const messageBytesMax = 1_048_576;

function open(config: SourceConfig, host: SourceHost) {
  const { topic, silenceMs } = config as MqttSource;
  return keepOpen({
    host,
    silenceMs,
    outlivesSilence: true,
    async connect({ signal, takeBytes, refuse }) {
      if (host.field === undefined) throw new Fault('CAMERA_UNREACHABLE', 'This gateway has no field broker.');
      const end = host.field.subscribe(topic, (payload, retained) => {
        if (retained) refuse('the broker kept it from earlier');
        else if (payload.length > messageBytesMax) refuse(`it is larger than ${messageBytesMax} bytes`);
        else takeBytes(payload);
      });
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      end();
      throw new Fault('CAMERA_UNREACHABLE', 'It was stopped.');
    },
  });
}

function check(config: SourceConfig): string[] {
  const { topic } = config as MqttSource;
  if (topic.startsWith('$')) return ['/topic: topics that begin with $ belong to the broker; use another'];
  if (topic.startsWith('tocsin/v1/')) return ['/topic: tocsin/v1/ is the way to the cloud; use another topic'];
  return [];
}

/** A camera whose pictures come as MQTT messages; the connection is the agent's own. */
export const mqtt: CameraSource = { kind: 'mqtt', schema: MqttSource, check, open };
