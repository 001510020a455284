import { arabicSourceWord } from '../source-words.ts';
import type { WhyNoValue } from '../valuation/no-value.ts';
import type { AssumptionReason } from '../valuation/reasons.ts';
import { FIGURES } from './figures.ts';
import type { ReportPhrases } from './phrases.ts';

const { percent, day } = FIGURES.ar;

export const arabicReport: ReportPhrases = {
  headings: {
    summary: 'الملخص التنفيذي',
    strengths: 'نقاط القوة',
    risks: 'المخاطر',
    outlook: 'النظرة المستقبلية',
    statements: 'القوائم المالية الفصلية',
    valuation: 'خصم التدفقات النقدية',
    peers: 'الشركات النظيرة',
    headlines: 'عناوين الأخبار',
    facts: 'حقائق',
    fairValue: 'القيمة العادلة',
    comparison: 'جنبًا إلى جنب',
    coins: 'العملات المشفرة',
    standing: 'الأول مقارنةً بالآخرين',
    holdings: 'المكونات',
    spread: 'القطاعات والعملات',
    missing: 'ما ينقص',
    end: 'المصادر وإخلاء المسؤولية',
  },
  labels: {
    glance: 'نظرة سريعة',
    rating: 'السعر مقابل القيمة',
    marketCap: 'القيمة السوقية',
    beta: 'معامل بيتا',
    valueByCashFlow: 'قيمة السهم بخصم التدفقات النقدية',
    valueAgainstPrice: 'القيمة مقابل السعر',
    revenue: 'الإيرادات',
    grossProfit: 'الربح الإجمالي',
    operatingIncome: 'الدخل التشغيلي',
    netIncome: 'صافي الدخل',
    operatingCashFlow: 'التدفق النقدي التشغيلي',
    capitalExpenditure: 'الإنفاق الرأسمالي',
    freeCashFlow: 'التدفق النقدي الحر',
    cash: 'النقد',
    debt: 'الدين',
    equity: 'حقوق الملكية',
    year: 'السنة',
    growth: 'النمو',
    worthToday: 'القيمة الحالية',
    terminalValue: 'القيمة النهائية',
    bridge: 'من قيمة المنشأة إلى قيمة السهم',
    enterpriseValue: 'قيمة المنشأة',
    lessDebt: 'ناقص الدين',
    plusCash: 'زائد النقد',
    lessMinorities: 'ناقص حقوق الأقلية',
    equityValue: 'قيمة حقوق المساهمين',
    shares: 'عدد الأسهم',
    valuePerShare: 'قيمة السهم',
    discountRate: 'معدل الخصم',
    terminalGrowth: 'النمو النهائي',
    multiple: 'المضاعف',
    median: 'وسيط النظراء',
    percentile: 'الرتبة المئينية',
    headline: 'العنوان',
    date: 'التاريخ',
    tone: 'النبرة',
    change: 'التغير خلال 24 ساعة',
    supply: 'المعروض المتداول',
    maximumSupply: 'الحد الأقصى للمعروض',
    noLimit: 'لا يُعرف له حد',
    issued: 'ما صدر حتى الآن',
    fullyDiluted: 'القيمة السوقية عند إصدار الكل',
    price: 'السعر',
    revenueGrowth: 'نمو الإيرادات',
    operatingMargin: 'هامش التشغيل',
    holding: 'المكوّن',
    holdings: 'عدد المكونات',
    largest: 'الأكبر',
    effectiveHoldings: 'تركّز يعادل هذا العدد من المكونات المتساوية',
    weight: 'الوزن',
    sector: 'القطاع',
    currency: 'العملة',
  },
  ratings: { undervalued: 'أقل من قيمته', fairly_valued: 'قريب من قيمته', overvalued: 'أعلى من قيمته', not_rated: 'بلا تقييم' },
  tones: { positive: 'إيجابية', neutral: 'محايدة', negative: 'سلبية' },
  multiples: {
    priceToEarnings: 'السعر إلى الأرباح',
    enterpriseValueToEbitda: 'قيمة المنشأة إلى EBITDA',
    enterpriseValueToSales: 'قيمة المنشأة إلى المبيعات',
    priceToFreeCashFlow: 'السعر إلى التدفق النقدي الحر',
  },
  onExchange: (symbol, exchange) => (exchange === null ? `السهم ${symbol}` : `السهم ${symbol} في ${exchange}`),
  coin: (symbol) => `${symbol} · عملة مشفرة`,
  priceOn: (date) => `السعر في ${date}`,
  madeOn: (date) => `أُعدّ في ${date}`,
  page: (number, count) => `صفحة ${number} من ${count}`,
  caption: (symbol, date) => `تقرير عن ${symbol}، ${date}`,
  comma: '، ',
  portfolioTitle: 'مراجعة محفظة',
  portfolioName: 'محفظتك',
  portfolioLimits:
    'المتوسطات مرجّحة بالأوزان. لا يُنظر في الارتباطات ولا التكاليف ولا الضرائب ولا في وضعك، والأوزان ليست نصيحة بإعادة التوازن.',
  coverage: (share) => `على ${share} منها`,
  sectors: { coins: 'عملات مشفرة', unknown: 'قطاع غير معروف' },
  chart: (unit) => `الإيرادات والتدفق النقدي الحر لكل ربع سنة (${unit})`,
  base: (cashFlow) => `نقطة البداية تدفق نقدي حر للمنشأة قدره ${cashFlow} في آخر أربعة أرباع. الافتراضات:`,
  reason: reasonOf,
  refusal: ({ refused, why }) => (why === undefined ? refused : refusalOf(why)),
  noValuation: ({ why }) => `لا يوجد تقييم: ${why === undefined ? 'تعذّر حسابه بهذه البيانات والافتراضات.' : refusalOf(why)}`,
  terminalShare: (share, years) => `يقع ${share} من قيمة المنشأة بعد السنة ${years}، فهو يقوم على النمو النهائي ومعدل الخصم.`,
  sensitivity: (currency) => `قيمة السهم (${currency}) إذا اختلف هذان الافتراضان`,
  toneIs: (tone, score, headlines) => `النبرة: ${tone} (${score} على مقياس من -1 إلى 1، وعدد العناوين ${headlines}).`,
  toneMethod:
    'تُعدّ الكلمات الجيدة والسيئة في كل عنوان، فيُحسب العنوان +1 أو 0 أو -1، والنتيجة متوسطها. لا تُفهم السخرية ولا النفي ولا الأهمية.',
  noFairValue: (name) =>
    `ليس لـ ${name} إيرادات ولا تدفقات نقدية تخص حامليها، وخصم التدفقات النقدية لن يفعل إلا تكرار افتراضاته، فلا تُعطى قيمة عادلة.`,
  writtenBy: (who) => `كتب نصوص هذا التقرير ${who ?? 'نموذج لغوي'}، أما الجداول والرسوم فمحسوبة من البيانات.`,
  sourceWord: arabicSourceWord,
  data: (sources) =>
    `البيانات: ${sources
      .flatMap((names) => names.split('; '))
      .map(arabicSourceWord)
      .join('؛ ')}.`,
  sample: 'بيانات تجريبية: كل رقم في هذا التقرير مختلق، ولا يقول شيئًا عن أي شركة أو أصل حقيقي.',
  sampleMark: 'بيانات تجريبية – أرقام مختلقة',
  disclaimer:
    'أعدّ هذا التقريرَ برنامجٌ من البيانات والافتراضات المذكورة فيه. هو معلومات وليس نصيحة استثمارية، ولا عرضًا ولا توصية بالشراء أو البيع. قد تكون الأرقام خاطئة أو متأخرة أو ناقصة، والنماذج تبسيط للواقع، وتغيير طفيف في افتراضاتها يغيّر النتيجة كثيرًا. اتخذ قرارك مع مستشار مرخّص يعرف وضعك.',
};

function reasonOf(reason: AssumptionReason): string {
  switch (reason.of) {
    case 'growth': {
      const { initial, terminal, given, last } = reason;
      if (!given && last === null) return `ينمو التدفق النقدي الحر بنسبة ${percent(initial)} سنويًا، إذ لا توجد سنة سابقة للمقارنة.`;
      const why = given ? 'نسبة مُعطاة' : `كان نمو الإيرادات ${percent(last)} في آخر سنة`;
      return `ينمو التدفق النقدي الحر بنسبة ${percent(initial)} في السنة الأولى (${why})، ثم يتدرج بالتساوي إلى ${percent(terminal)}.`;
    }
    case 'tax': {
      const why = { given: 'نسبة مُعطاة', noProfit: 'مفترضة لعدم وجود ربح', lastYear: 'كما في آخر سنة' }[reason.because];
      return `الضريبة ${percent(reason.rate)} (${why}).`;
    }
    case 'terminal':
      return `بعد السنة ${reason.years} يستمر النمو بنسبة ${percent(reason.growth)} بلا نهاية.`;
    case 'givenRate':
      return `تُخصم التدفقات النقدية بمعدل ${percent(reason.rate)} (نسبة مُعطاة).`;
    case 'costOfCapital': {
      const { rate, costOfEquity, riskFreeRate, beta, equityRiskPremium, costOfDebt, debtShare } = reason;
      return `تُخصم التدفقات النقدية بمعدل ${percent(rate)}، وهو تكلفة رأس المال: تكلفة حقوق الملكية ${percent(costOfEquity)} (معدل خالٍ من المخاطر ${percent(riskFreeRate)}، ومعامل بيتا ${beta.toFixed(2)} مضروبًا في علاوة مخاطر ${percent(equityRiskPremium)})، وتكلفة الدين ${percent(costOfDebt)} قبل الضريبة بوزن ${percent(debtShare)}.`;
    }
    case 'otherCurrency':
      return `المعدل الخالي من المخاطر هو معدل الدولار الأمريكي، وقوائم ${reason.symbol} بعملة ${reason.currency}: حيث تفقد العملة أكثر من قيمتها يكون معدل الخصم الحقيقي أعلى والقيمة أقل.`;
  }
}

function refusalOf(why: WhyNoValue): string {
  switch (why.because) {
    case 'tooFewQuarters':
      return `يلزم أربعة أرباع من القوائم المالية، والمتوفر ${why.quarters}.`;
    case 'currencyChanged':
      return `غيّرت ${why.symbol} عملة قوائمها (${why.currencies.join('، ')})، فلا يمكن جمع أرباعها.`;
    case 'noCashFlow':
      return `لم يكن لدى ${why.symbol} تدفق نقدي حر موجب في السنة المنتهية في ${day(why.end)}، ونمو الخسارة لا يعطي قيمة. قارنها بنظيراتها بدلًا من ذلك.`;
    case 'sharesUnknown':
      return `عدد أسهم ${why.symbol} غير معروف.`;
    case 'twoCurrencies':
      return `سهم ${why.symbol} مسعّر بعملة ${why.quoted} وقوائمه بعملة ${why.reported}: لا تمكن مقارنتهما بلا سعر صرف.`;
    case 'growthTooHigh':
      return `يجب أن يقل النمو النهائي (${percent(why.terminalGrowth)}) عن معدل الخصم (${percent(why.discountRate)}) بما لا يقل عن ${percent(why.least, 2)}، وإلا كانت القيمة بلا حد.`;
  }
}
