import { buildCommandLine } from '../../src/drivers/qemu/command-line.ts';
import { renderContext } from '../../src/drivers/qemu/render-context.ts';
import { baselineCapabilities } from '../../src/kinds/domain/baseline-capabilities.ts';
import { inactiveForm } from '../../src/kinds/domain/inactive-form.ts';
import { kinds } from '../../src/kinds/table.ts';
import { decodeFile } from '../../src/manifest/decode.ts';
import { encodeXml } from '../../src/manifest/encode.ts';

export interface Rendered {
  readonly refusal?: string;
  readonly crash?: string;
  readonly words?: readonly string[];
  readonly xml?: string;
  readonly milliseconds: number;
}

/** What this project makes of one domain XML. */
export function render(path: string, xml: string): Rendered {
  const begun = performance.now();
  const took = () => performance.now() - begun;
  try {
    const { declared, diagnostics } = decodeFile({ path, text: xml }, kinds);
    const error = diagnostics.find(({ severity }) => severity === 'error');
    if (error) {
      const { line, column, code, message } = error;
      return { refusal: `${line}:${column} ${code}: ${message}`, milliseconds: took() };
    }
    const def = declared[0]?.def;
    if (def?.kind !== 'Domain') return { refusal: 'declares no domain', milliseconds: took() };
    const completed = kinds.Domain.complete(def, undefined, baselineCapabilities);
    const { emulator, args } = buildCommandLine(completed, renderContext(def.metadata.name));
    return {
      words: [emulator, ...args],
      xml: encodeXml(inactiveForm(completed, def, baselineCapabilities), kinds),
      milliseconds: took(),
    };
  } catch (error) {
    return { crash: (error as Error).stack ?? String(error), milliseconds: took() };
  }
}
