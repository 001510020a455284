import type { FaceSettings } from '../index.ts';

export const FACE: FaceSettings = {
  name: { en: 'Stock analyst', ar: 'محلل الأسهم' },
  welcome: { en: 'Which share shall I value?', ar: 'أي سهم أحلل لك؟' },
  about: {
    en: 'Values shares and crypto assets, and writes a PDF report. Send a symbol, then ask about the analysis. This is information, not investment advice.',
    ar: 'يحلل الأسهم والعملات المشفرة ويكتب تقرير PDF. أرسل رمزًا ثم اسأل عن التحليل. هذه معلومات وليست نصيحة استثمارية.',
  },
  suggestions: [
    { text: '/analyze AAPL', label: { en: 'Analyse Apple', ar: 'حلّل سهم Apple' } },
    { text: '/analyze AAPL MSFT', label: { en: 'Compare Apple and Microsoft', ar: 'قارن Apple و Microsoft' } },
    { text: '/sentiment NVDA', label: { en: 'The news on NVIDIA', ar: 'أخبار NVIDIA' } },
    { text: '/analyze macro', label: { en: 'The market today', ar: 'نظرة على السوق' } },
  ],
  colour: '#1f5fae',
};
