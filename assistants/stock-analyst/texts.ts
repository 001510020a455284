/** The stock analyst's own words for the notices of its sessions. */

import type { PolicySettings } from '../index.ts';
export const TEXTS: NonNullable<PolicySettings['texts']> = {
  en: {
    welcome:
      'Hello! I analyse shares and crypto assets. Send a symbol such as AAPL or BTC, or /help for all that I can do. What I write is information, not investment advice.',
    help: `Send a symbol such as AAPL or BTC for a full analysis; then ask about it.

- /analyze AAPL – full analysis with a PDF report
- /analyze AAPL MSFT – compare several
- /analyze portfolio AAPL 40, MSFT 60 – review a portfolio
- /analyze macro – overview of the market
- /sentiment AAPL – the tone of the news
- /dcf AAPL – value by discounted cash flow
- /peers AAPL – beside its peers
- /status – what is going on
- /stop – stop it
- /reset – clear this conversation
- /agent – a human colleague
- /start – the greeting, /help – this list`,
    confirmAnalysis:
      'An analysis is open already. Shall I start a new one for {subject}? Answer "yes" to start it; anything else is a question about the open one.',
    analysisFailed: 'Sorry, the analysis failed. Please try again in a moment, or /agent brings a colleague.',
    statusNone: 'No analysis is open. Send a symbol such as AAPL to begin one.',
    statusRunning: 'The analysis of {subject} is under way. /stop stops it.',
    statusCompleted: 'The analysis of {subject} is complete. Ask me about it, or send another symbol.',
  },
  ar: {
    welcome:
      'مرحبًا! أحلل الأسهم والعملات المشفرة. أرسل رمزًا مثل AAPL أو BTC، أو ‎/help لكل ما أستطيع. ما أكتبه معلومات وليس نصيحة استثمارية.',
    help: `أرسل رمزًا مثل AAPL أو BTC للحصول على تحليل كامل، ثم اسأل عنه.

- ‎/analyze AAPL – تحليل كامل مع تقرير PDF
- ‎/analyze AAPL MSFT – مقارنة
- ‎/analyze portfolio AAPL 40, MSFT 60 – مراجعة محفظة
- ‎/analyze macro – نظرة على السوق
- ‎/sentiment AAPL – نبرة الأخبار
- ‎/dcf AAPL – القيمة بخصم التدفقات النقدية
- ‎/peers AAPL – مقارنةً بالنظراء
- ‎/status – ما الذي يجري
- ‎/stop – إيقافه
- ‎/reset – مسح هذه المحادثة
- ‎/agent – زميل بشري
- ‎/start – الترحيب، ‎/help – هذه القائمة`,
    confirmAnalysis: 'هناك تحليل مفتوح. هل أبدأ تحليلًا جديدًا لـ {subject}؟ أجب بـ "نعم" للبدء، وأي شيء آخر سؤال عن التحليل المفتوح.',
    analysisFailed: 'عذرًا، فشل التحليل. حاول بعد قليل من فضلك، أو ‎/agent للتحدث مع زميل.',
    statusNone: 'لا يوجد تحليل مفتوح. أرسل رمزًا مثل AAPL للبدء.',
    statusRunning: 'تحليل {subject} قيد التنفيذ. ‎/stop يوقفه.',
    statusCompleted: 'اكتمل تحليل {subject}. اسألني عنه، أو أرسل رمزًا آخر.',
  },
};
