import { expect, test } from 'vitest';
import { xmlText } from '../../../src/cli/import/xml-text.ts';

test('text is read in the encoding that its beginning names', () => {
  const text = '<a>Büro</a>';
  expect(xmlText(Buffer.from(text), 'x')).toBe(text);
  expect(xmlText(Buffer.from(`\ufeff${text}`), 'x')).toBe(text);
  expect(xmlText(Buffer.from(`\ufeff${text}`, 'utf16le'), 'x')).toBe(text);
  expect(xmlText(Buffer.from(`\ufeff${text}`, 'utf16le').swap16(), 'x')).toBe(text);
  const named = `<?xml version="1.0" encoding='ISO-8859-1'?>${text}`;
  expect(xmlText(Buffer.from(named, 'latin1'), 'x')).toBe(named);
});

test('bytes that are no such text are no name with holes', () => {
  expect(() => xmlText(Buffer.from('<a>Büro</a>', 'latin1'), 'x.xml')).toThrow('x.xml: not text in utf-8');
  const odd = '<?xml version="1.0" encoding="klingon"?><a/>';
  expect(() => xmlText(Buffer.from(odd), 'x.xml')).toThrow('klingon');
});
