/** Words before a value that make it a secret: `password=…`, `"api_key": "…"`, `luks_passphrase: …`. */
const words =
  'pass(?:word|wd|phrase)|plain_text_passwd|rootpw|secret|token|psk|(?:api|private|pre-?shared|secret[_-]?access|account|sharedaccess)[_-]?key';
/** What stands there and is no secret: switches, paths, references, places for values. */
const plain = '(?:(?:on|off|yes|no|true|false|none|null)(?![A-Za-z0-9])|[/$<*{[])';

/** Forms that are secrets wherever they stand. */
const forms: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key'],
  [/\bAGE-SECRET-KEY-1[0-9A-Z]{50,}\b/, 'a private key of age'],
  [/\bA(KIA|SIA)[0-9A-Z]{16}\b/, 'an access key of AWS'],
  [/\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})\b/, 'a token of GitHub'],
  [/\bglpat-[A-Za-z0-9_-]{20,}\b/, 'a token of GitLab'],
  [/\bnpm_[A-Za-z0-9]{36}\b/, 'a token of npm'],
  [/\bAIza[0-9A-Za-z_-]{35}\b/, 'a key of Google'],
  [/\bxox[abeprs]-[A-Za-z0-9-]{10,}|\bhooks\.slack\.com\/services\/T\w+\/B\w+\/\w+/, 'a token of Slack'],
  [/\bhv[sb]\.[A-Za-z0-9_-]{20,}\b/, 'a token of Vault'],
  [/\b(sk|rk)_(live|test)_[A-Za-z0-9]{16,}\b|\bsk-[A-Za-z0-9_-]{20,}\b/, 'a key of a service'],
  [/\bdop_v1_[a-f0-9]{32,}\b|\btskey-(auth|api)-[A-Za-z0-9-]{10,}/, 'a token of a service'],
  [/\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\b/, 'a JSON web token'],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:[^\s/@]+@/i, 'a password in a URL'],
  [/\$(1|5|6|y|2[aby])\$[^\s$]*\$?[^\s]{8,}/, 'a hash of a password'],
  [
    /\bsecret,(?!\S*keyid=)\S*\bdata=|"qom-type"\s*:\s*"secret"(?!.*"keyid").*"data"\s*:/,
    'the data of a secret',
  ],
  [/\bchpasswd\b[\s\S]*?[\s,[{"'][a-z_][\w-]*:[^\s,\]}"'$*]{3,}/i, 'a password of cloud-init'],
  [/\bio\.systemd\.credential(\.binary)?:\S*(passw|secret|token|private)\S*=\S/i, 'a credential of systemd'],
  [/(^|\s)pass=(?!\s)[^\s/$]/i, 'a password'],
  [
    new RegExp(
      `(?<![-A-Za-z0-9])(?:[A-Za-z0-9]+[_.-])*?(?<!-)(?:${words})["']?\\s*[:=]\\s*["']?(?!${plain})\\S{3,}`,
      'i',
    ),
    'a password',
  ],
];

/** What kind of secret a text holds, also where it was only written in base64. */
export function secretForm(text: string): string | undefined {
  return (
    formOf(text) ??
    base64Texts(text)
      .map(formOf)
      .find((form) => form !== undefined)
  );
}

function formOf(text: string): string | undefined {
  return forms.find(([pattern]) => pattern.test(text))?.[1];
}

function base64Texts(text: string): readonly string[] {
  return (text.match(/[A-Za-z0-9+/]{20,}={0,2}/g) ?? []).flatMap((word) => {
    const whole = word.length % 4 === 0 ? word : word.replace(/=+$/, '').slice(0, -(word.length % 4));
    const decoded = atob(whole);
    // What was no text before is chance.
    return /^[\t\n\r -~]+$/.test(decoded) ? [decoded] : [];
  });
}
