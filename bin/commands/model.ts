import { Fault } from '@tocsin/contracts';
import { type CliCommand, fileArgument } from '../command.ts';
import { checkAnyModel } from '../vision/check-model.ts';

const usage = 'tocsin model check MANIFEST.json|MODEL.onnx|NAME';

export const model: CliCommand = {
  name: 'model',
  usage,
  example: 'tocsin model check my-detector.json\ntocsin model check yolov8n.onnx',
  options: { provider: { type: 'string' }, json: { type: 'boolean' } },
  help: {
    provider: { value: 'NAME', says: 'Where the model shall run, such as cpu or cuda; default cpu.' },
    json: { says: 'What was found as JSON.' },
  },
  async run({ args, options, io }) {
    const [act, ...rest] = args;
    if (act !== 'check') throw new Fault('ARGUMENT_INVALID', 'Say check.', { remedy: `Usage: ${usage}` });
    const file = fileArgument(rest, 'model', usage);
    const { ok, failed, problems, notes } = await checkAnyModel(
      file,
      (options.provider as string | undefined) ?? 'cpu',
    );
    if (options.json) io.out(`${JSON.stringify({ ok, problems, notes })}\n`);
    else {
      for (const problem of problems) io.err(`${file}: ${problem}\n`);
      if (notes.length > 0)
        io.out(`${file}: ${ok ? 'good' : 'not good'}.\n${notes.map((note) => `  ${note}`).join('\n')}\n`);
    }
    if (ok) return 0;
    return failed === true ? 1 : 2;
  },
};
