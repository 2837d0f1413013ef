import { operation } from '../contract.ts';
import { flag, impact, optionalText, text, values } from '../input.ts';
import { inlineText, policyFor } from './apply.ts';

export const plan = operation({
  name: 'plan',
  permission: 'read',
  input: {
    path: text(4_096),
    text: optionalText(inlineText),
    prune: flag(),
    maxDisruption: impact(),
    values: values(),
  },
  async run(host, input, _emit, signal) {
    const { origin, state } = await host.load(input.path, input.text, input.values);
    const policy = policyFor(host, origin, input);
    const planned = await host.controller.preview(origin, state, signal, policy);
    const places = Object.fromEntries(
      [...state.declared].map(([key, { file, position, from }]) => [
        key,
        { file, ...position, ...(from ? { from } : {}) },
      ]),
    );
    return { ...planned, diagnostics: state.diagnostics, revision: state.revision, places };
  },
});
