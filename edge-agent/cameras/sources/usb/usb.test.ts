import { Check, Default } from 'typebox/value';
import { expect, test } from 'vitest';
import { childrenCalled } from '../ffmpeg/test-tools.ts';
import { createStage, withSource } from '../stage.ts';
import { UsbSource } from './config.ts';
import { usb, usbInput } from './usb.ts';

const given = (device: string) => Default(UsbSource, { kind: 'usb', device }) as UsbSource;

test('ffmpeg is told device, way of writing and size, and may open nothing but files', () => {
  expect(usbInput(given('/dev/video0')).join(' ')).toBe(
    '-protocol_whitelist file,pipe -f v4l2 -input_format mjpeg -video_size 1280x720 -i /dev/video0',
  );
});

test.each(['/dev/video0', '/dev/video12'])('%s is a camera', (device) => {
  expect(Check(UsbSource, given(device))).toBe(true);
});

test.each(['/dev/sda', '/dev/video', '/dev/video0;x', '-i', 'http://cam/', '/dev/video0/../sda'])(
  '%s is none',
  (device) => {
    expect(Check(UsbSource, given(device))).toBe(false);
  },
);

test('a camera that is not plugged in is a trouble, tried again until it is', async () => {
  const stage = createStage();
  const source = usb.open(given('/dev/video9'), stage.host);
  await withSource(source, async () => {
    await stage.until('the trouble', () => stage.troubles.length > 0);
    expect(stage.troubles).toEqual(['There is no such file or device.']);
  });
  expect(source.counters()).toEqual({ pictures: 0, refused: 0, skippedBytes: 0, failures: 1 });
  expect(childrenCalled('ffmpeg')).toEqual([]);
});
