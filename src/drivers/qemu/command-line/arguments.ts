/** Values of QEMU's JSON forms. A bigint is written as the number it is: a WWN has 64 bits. */
export type Properties = Readonly<Record<string, unknown>>;

/** Collects QEMU's command line. JSON forms keep every value literal: a comma in a path is only a comma. */
export class Arguments {
  readonly list: string[] = [];
  readonly #devices: { readonly at: number; device: Properties }[] = [];

  add(option: string, value?: string): void {
    this.list.push(option);
    if (value !== undefined) this.list.push(value);
  }

  /** `-device`, `-object`, `-blockdev`, `-netdev`, `-audiodev` take JSON. Undefined members are left out. */
  json(option: string, value: Properties): void {
    this.add(option, jsonText(value));
  }

  /** Changes devices of that id that have been added before. */
  changeDevice(id: string, change: (device: Properties) => Properties): void {
    for (const known of this.#devices) {
      if (known.device['id'] !== id) continue;
      known.device = change(known.device);
      this.list[known.at] = jsonText(known.device);
    }
  }

  /** As `json`, unless the same is there already. */
  once(option: string, value: Properties): void {
    if (!this.list.includes(jsonText(value))) this.json(option, value);
  }

  device(driver: string, properties: Properties): void {
    this.json('-device', { driver, ...properties });
    this.#devices.push({ at: this.list.length - 1, device: { driver, ...properties } });
  }
}

/** `key=value` words with QEMU's own escape: a comma in a value is doubled. */
export function words(
  first: string,
  rest: Readonly<Record<string, string | number | boolean | undefined>> = {},
): string {
  const parts = [first];
  for (const [key, value] of Object.entries(rest)) {
    if (value === undefined) continue;
    parts.push(`${key}=${typeof value === 'boolean' ? onOff(value) : escapeComma(String(value))}`);
  }
  return parts.join(',');
}

export function escapeComma(text: string): string {
  return text.replaceAll(',', ',,');
}

export function onOff(value: boolean): 'on' | 'off' {
  return value ? 'on' : 'off';
}

function jsonText(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${jsonText(member)}`).join(',')}}`;
}
