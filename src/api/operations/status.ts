import { operation } from '../contract.ts';
import { optionalText } from '../input.ts';
import { keyNamed, kindNamed, resourceNamed } from '../resource-named.ts';

export const status = operation({
  name: 'status',
  permission: 'read',
  input: { name: optionalText() },
  async run(host, { name }) {
    const { controller } = host;
    if (name === undefined) return { items: controller.status(), sources: controller.sources() };
    const kind = kindNamed(host, name);
    if (kind) return { items: controller.status().filter((item) => item.kind === kind) };
    return {
      items: [controller.statusOf(keyNamed(host, name)) ?? controller.statusOf(resourceNamed(host, name))],
    };
  },
});
