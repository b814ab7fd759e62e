import Type, { type Static } from 'typebox';

/** A camera that the gateway's own kernel knows (V4L2): USB, or a ribbon cable. */
export const UsbSource = Type.Object(
  {
    kind: Type.Literal('usb', {
      description: 'A camera at the gateway itself (Video4Linux); needs the program ffmpeg.',
    }),
    device: Type.String({ pattern: '^/dev/video[0-9]{1,3}$', description: 'The camera, such as /dev/video0.' }),
    pixels: Type.Optional(
      Type.Unsafe<'mjpeg' | 'yuyv422' | 'h264'>({
        type: 'string',
        enum: ['mjpeg', 'yuyv422', 'h264'],
        default: 'mjpeg',
        description: 'How the camera writes its pictures; most reach their full size and rate with mjpeg alone.',
      }),
    ),
    widthPx: Type.Optional(
      Type.Integer({ minimum: 160, maximum: 7680, default: 1280, description: 'Width asked for.' }),
    ),
    heightPx: Type.Optional(
      Type.Integer({ minimum: 120, maximum: 4320, default: 720, description: 'Height asked for.' }),
    ),
    silenceMs: Type.Optional(
      Type.Integer({
        minimum: 2000,
        maximum: 600_000,
        default: 10_000,
        description: 'Without a picture for this long the camera is opened anew.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type UsbSource = Required<Static<typeof UsbSource>>;
