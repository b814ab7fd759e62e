import { Fault } from '@tocsin/contracts';
import type { CameraSource, SourceConfig, SourceHost } from '../../types.ts';
import { playThroughFfmpeg } from '../ffmpeg/ffmpeg.ts';
import { keepOpen } from '../keep-open.ts';
import { UsbSource } from './config.ts';

/** How ffmpeg is told to read the camera; a size the camera does not have becomes the nearest it has. */
export function usbInput({ device, pixels, widthPx, heightPx }: UsbSource): string[] {
  const size = ['-input_format', pixels, '-video_size', `${widthPx}x${heightPx}`];
  return ['-protocol_whitelist', 'file,pipe', '-f', 'v4l2', ...size, '-i', device];
}

function open(config: SourceConfig, host: SourceHost) {
  const usb = config as UsbSource;
  return keepOpen({
    host,
    silenceMs: usb.silenceMs,
    async connect(connection) {
      const { framesPerSecond } = host;
      await playThroughFfmpeg({ host, connection, input: usbInput(usb), framesPerSecond });
      throw new Fault('CAMERA_UNREACHABLE', `${usb.device} gives no more pictures.`);
    },
  });
}

/** A camera at the gateway itself, read through ffmpeg. */
export const usb: CameraSource = { kind: 'usb', schema: UsbSource, open };
