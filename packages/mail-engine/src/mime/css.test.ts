import { describe, expect, it } from 'vitest';
import { filterSheet, filterStyle } from './css';

describe('a style attribute', () => {
  it.each([
    ['color:red;font-family:"Segoe UI", Arial', 'color:red;font-family:"Segoe UI", Arial'],
    ['COLOR : Red ; ; nonsense', 'color:Red'],
    ['width:calc(100% - 20px)', 'width:calc(100% - 20px)'],
    ['font-family:"a;b";color:red', 'font-family:"a;b";color:red'],
    ['position:fixed;z-index:9;content:"x";cursor:url(x)', ''],
    ['color:\\72 ed', ''],
    ['color:red/**/', ''],
    ['font-family:"</style><script>"', ''],
    ['font-family:"unclosed', ''],
    ['width:expression(alert(1))', ''],
    ['background:image-set("https://evil.test/x" 1x)', ''],
    ['background:element(#x)', ''],
    ['color:var(--x)', ''],
  ])('%j becomes %j', (given, expected) => {
    expect(filterStyle(given)).toEqual({ safe: expected, remote: '' });
  });

  it.each([
    ['background:url(https://CDN.test/a.png) no-repeat', 'background:url("https://cdn.test/a.png") no-repeat'],
    [`background-image:url('//cdn.test/a(1).png')`, 'background-image:url("https://cdn.test/a%281%29.png")'],
  ])('keeps what loads something apart, in its normal form: %s', (given, expected) => {
    expect(filterStyle(given)).toEqual({ safe: '', remote: expected });
  });

  it.each([
    'background:url(javascript:alert(1))',
    'background:url(data:text/html,x)',
    'color:url(https://x.test/)',
    'background:url(/x.png)',
  ])('drops an address that is none: %s', (given) => {
    expect(filterStyle(given)).toEqual({ safe: '', remote: '' });
  });
});

describe('a style sheet', () => {
  it('keeps plain rules and media queries and nothing that reaches out or hides', () => {
    const sheet = filterSheet(
      '<!-- @import url(https://evil.test/x); @charset "utf-8"; p>a.x{color:red;position:fixed} ' +
        '@media only screen and (max-width: 600px){td{width:100%!important}} @supports (color:red){p{color:blue}} ' +
        'a[title="</style><script>"]{color:red} b{font-family:"</style><i>"} -->',
    );
    expect(sheet).toEqual({
      safe: 'p>a.x{color:red}@media only screen and (max-width: 600px){td{width:100% !important}}',
      remote: '',
    });
  });

  it('that is broken or enormous is left out, without an error', () => {
    expect(filterSheet('p{color:red')).toEqual({ safe: '', remote: '' });
    expect(filterSheet('p{color:red}'.repeat(100_000))).toEqual({ safe: '', remote: '' });
    expect(filterSheet('@media all{'.repeat(5_000))).toEqual({ safe: '', remote: '' });
  });
});
