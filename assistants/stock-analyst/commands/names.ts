/**
 * Names by which people ask for shares and coins, in English and Arabic. Where one name means
 * several listings, all of them are here, and the customer has to choose. Pure.
 */

/** Latin names in lower case without points, Arabic ones as `nameKey` writes them. */
const NAMES: Readonly<Record<string, string>> = {
  AAPL: 'apple, apple inc, ابل',
  MSFT: 'microsoft, مايكروسوفت',
  GOOGL: 'google, alphabet, جوجل, غوغل, الفابت',
  AMZN: 'amazon, امازون',
  META: 'meta, meta platforms, facebook, ميتا, فيسبوك',
  NVDA: 'nvidia, انفيديا, نفيديا',
  TSLA: 'tesla, تسلا, تيسلا',
  NFLX: 'netflix, نتفليكس, نتفلكس',
  AMD: 'advanced micro devices',
  INTC: 'intel, انتل',
  ORCL: 'oracle, اوراكل',
  IBM: 'ibm',
  CSCO: 'cisco, سيسكو',
  QCOM: 'qualcomm, كوالكوم',
  AVGO: 'broadcom',
  ADBE: 'adobe, ادوبي',
  CRM: 'salesforce',
  UBER: 'uber, اوبر',
  ABNB: 'airbnb',
  PYPL: 'paypal, باي بال',
  V: 'visa, فيزا',
  MA: 'mastercard, ماستركارد',
  JPM: 'jpmorgan, jp morgan, jpmorgan chase, جي بي مورغان',
  'BRK.B': 'berkshire, berkshire hathaway, بيركشاير',
  KO: 'coca cola, coca-cola, coke, coca cola company, كوكا كولا, كوكاكولا',
  PEP: 'pepsi, pepsico, بيبسي',
  MCD: 'mcdonald, mcdonalds, ماكدونالدز',
  SBUX: 'starbucks, ستاربكس',
  NKE: 'nike, نايك, نايكي',
  DIS: 'disney, walt disney, ديزني',
  WMT: 'walmart, وول مارت, وولمارت',
  PG: 'procter gamble, procter and gamble',
  JNJ: 'johnson johnson, johnson and johnson',
  PFE: 'pfizer, فايزر',
  BA: 'boeing, بوينغ, بوينج',
  XOM: 'exxon, exxonmobil, exxon mobil, اكسون, اكسون موبيل',
  F: 'ford, فورد',
  T: 'at&t',
  ETEL: 'telecom egypt, المصريه للاتصالات',
  '2222.SR': 'aramco, saudi aramco, ارامكو, ارامكو السعوديه',
  '1120.SR': 'al rajhi, al rajhi bank, الراجحي, مصرف الراجحي',
  'COMI.CA': 'cib egypt, commercial international bank, البنك التجاري الدولي',
  '005930.KS': 'samsung, سامسونج, سامسونغ',
  'SHEL SHEL.L': 'shell, royal dutch shell, شل',
  'TM 7203.T': 'toyota, تويوتا',
  'BABA 9988.HK': 'alibaba, علي بابا',
  'SONY 6758.T': 'sony, سوني',
  'HSBC HSBA.L 0005.HK': 'hsbc holdings',
  'UL ULVR.L': 'unilever, يونيليفر',
  'BTC-USD': 'bitcoin, بيتكوين, بتكوين',
  'ETH-USD': 'ethereum, ether, ايثريوم, اثيريوم, ايثر',
  'SOL-USD': 'solana, سولانا',
  'XRP-USD': 'ripple, ريبل',
  'DOGE-USD': 'dogecoin, دوجكوين',
  'ADA-USD': 'cardano, كاردانو',
  'LTC-USD': 'litecoin, لايتكوين',
};

const BY_NAME: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(NAMES).flatMap(([symbols, names]) => names.split(', ').map((name) => [name, symbols.split(' ')])),
);

/** Symbols that have a name here. Not all that exist. */
export const NAMED_SYMBOLS: readonly string[] = Object.keys(NAMES).flatMap((symbols) => symbols.split(' '));

/** Longest name in words. */
export const MAX_NAME_WORDS = Math.max(...[...BY_NAME.keys()].map((name) => name.split(' ').length));

/** The symbols of a name. Undefined if it is not known. */
export function symbolsNamed(name: string): readonly string[] | undefined {
  const key = nameKey(name);
  // Arabic joins "and", "for" and "by" to the word.
  return BY_NAME.get(key) ?? BY_NAME.get(key.replace(/^[ولب](?=\p{Script=Arabic}{3})/u, ''));
}

/** In lower case, and without what Arabic writers leave out or write in several ways. */
export function nameKey(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[\u064b-\u065f\u0670\u0640]/g, '')
    .replaceAll(/[أإآٱ]/g, 'ا')
    .replaceAll('ة', 'ه')
    .replaceAll('ى', 'ي')
    .trim();
}
