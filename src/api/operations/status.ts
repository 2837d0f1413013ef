import { operation } from '../contract.ts';
import { optionalText } from '../input.ts';
import { kindNamed, resourceNamed } from '../resource-named.ts';

export const status = operation({
  name: 'status',
  permission: 'read',
  input: { name: optionalText() },
  async run(host, { name }) {
    if (name === undefined) return { items: host.controller.status() };
    const kind = kindNamed(host, name);
    if (kind) return { items: host.controller.status().filter((item) => item.kind === kind) };
    return { items: [host.controller.statusOf(resourceNamed(host, name))] };
  },
});
