//! Function words from which languages are recognised: articles, pronouns, prepositions, auxiliaries, polite words.

/// Languages in the Latin script and some of their function words, in lower case.
///
/// A word that is in several lists belongs to all of these languages.
pub(super) const FUNCTION_WORDS: [(&str, &str); 13] = [
    (
        "en",
        "the a an is are was were am be been being to of and in on at for with from it its this that these those i \
         i'm i've i'd i'll me my you your you're he she they them their we our us what what's when where who whom why \
         how which do does did don't doesn't didn't can can't could couldn't would wouldn't should will won't not no \
         yes have has had haven't get got if or but so there's there here please thanks thank hello hi let make want \
         need any some every all much many more most than then after before about into out up by as because just only \
         very too again still never always since while until works work tell show give need app could've it's isn't \
         set say mean today tomorrow know like think long good new",
    ),
    (
        "de",
        "der die das den dem des ein eine einen einem einer eines und oder aber ist sind war waren bin bist sein ich \
         du er sie es wir ihr mich mir dich dir uns euch mein meine meinen dein deine nicht kein keine keinen auch auf \
         aus bei mit nach seit von vom zu zum zur für über unter um im ins wie was wann wo wer warum welche wenn weil \
         dass kann können könnte muss müssen soll will wird werden wurde habe hat haben hatte nur noch schon sehr immer \
         wieder mehr bitte danke hallo ja nein sich so als an am geht funktioniert gibt man leider alles etwas gut mal",
    ),
    (
        "fr",
        "le la les un une des du de et ou mais est sont était suis es êtes être je tu il elle on nous vous ils elles \
         me te se mon ma mes ton ta tes son sa ses notre votre leur ce cet cette ces ça c'est j'ai qui que quoi quand \
         où comment pourquoi quel quelle ne pas plus jamais rien aussi très trop bien avec sans pour par sur sous dans \
         en au aux chez depuis puis peut peux pouvez faire fait ai as a avons avez ont merci bonjour oui non tout tous \
         toujours encore si l'application n'est n'ai d'une d'un qu'il marche",
    ),
    (
        "es",
        "el la los las un una unos unas de del al y e o pero es son era soy eres está están estoy estaba ser yo tú él \
         ella nosotros ustedes ellos me te se nos mi mis tu tus su sus este esta esto ese esa eso que qué cuando cuándo \
         donde dónde como cómo por porque para con sin sobre entre desde hasta en no sí más muy también ya nunca siempre \
         todo todos nada hay he ha han puede puedo pueden hace hacer quiero quiere gracias hola favor si lo le les mucho \
         bien funciona",
    ),
    (
        "pt",
        "o a os as um uma uns umas de do da dos das no na nos nas ao à e ou mas é são era sou está estão estou ser eu \
         você vocês ele ela nós eles me te se lhe meu minha meus seu sua seus este esta isto esse essa isso que quê \
         quando onde como por porque para pra com sem sobre entre desde até em não sim mais muito também já nunca sempre \
         tudo nada há tem têm pode posso podem faz fazer quero obrigado obrigada olá favor se bem foi funciona pelo pela",
    ),
    (
        "it",
        "il lo la i gli le un uno una di del della dei delle dello al alla ai alle dal dalla nel nella sul sulla e o ma \
         è sono era sei siamo essere io tu lui lei noi voi loro mi ti si ci vi mio mia miei tuo tua suo sua questo questa \
         questi quello che cosa quando dove come perché quale chi per con senza da in su tra fra non sì più molto anche \
         già mai sempre tutto tutti niente ho ha hanno hai può posso fare grazie ciao prego se bene funziona c'è dopo",
    ),
    (
        "nl",
        "de het een en of maar is zijn was waren ben bent ik jij je u hij zij ze wij we jullie mij me mijn jouw uw ons \
         onze hun dit dat deze die wat wanneer waar wie waarom hoe welke als omdat niet geen ook op uit bij met naar \
         sinds van voor over onder om in te aan door kan kunnen kon moet moeten zal wil wordt worden werd heb heeft \
         hebben had alleen nog al heel erg altijd weer meer bedankt dank hallo ja nee er zo dan maar werkt graag goed",
    ),
    (
        "sv",
        "den det de en ett och eller men är var vara jag du han hon vi ni mig dig sig oss min mitt mina din ditt er \
         detta denna dessa vad när var vem varför hur vilken om att inte ingen inget också på av ur med till från för \
         över under i kan kunde måste ska skulle vill blir blev har hade bara redan mycket alltid igen mer tack hej ja \
         nej så som där här fungerar bra efter aldrig",
    ),
    (
        "da",
        "den det de en et og eller men er var være jeg du han hun vi i mig dig sig os min mit mine din dit jeres dette \
         denne disse hvad hvornår hvor hvem hvorfor hvordan hvilken om at ikke ingen intet også på af ud med til fra for \
         over under kan kunne må skal skulle vil bliver blev har havde kun allerede meget altid igen mere tak hej ja nej \
         så som der her virker godt efter aldrig nogen",
    ),
    (
        "no",
        "den det de en et ei og eller men er var være jeg du han hun vi dere meg deg seg oss min mitt mine din ditt \
         dette denne disse hva når hvor hvem hvorfor hvordan hvilken om at ikke ingen ingenting også på av ut med til fra \
         for over under i kan kunne må skal skulle vil blir ble har hadde bare allerede veldig mye alltid igjen mer takk \
         hei ja nei så som der her fungerer bra etter aldri noen",
    ),
    (
        "fi",
        "ja tai mutta on ovat oli olen olet olla minä sinä hän me te he minun sinun hänen se tämä nämä mikä mitä milloin \
         missä kuka miksi miten kun jos että ei en et eivät myös vain vielä jo hyvin aina taas enemmän kiitos hei kyllä \
         voi voin voiko kanssa ilman ennen jälkeen kaikki mitään nyt sitten toimi toimii pitää",
    ),
    (
        "pl",
        "i lub ale jest są był była było jestem być ja ty on ona my wy oni mnie mi ciebie się mój moja moje twój ten ta to \
         te co kiedy gdzie kto dlaczego jak jaki który jeśli że nie tak także też na z ze w we do od dla po przed przez \
         przy o bez można mogę może muszę będzie mam ma tylko jeszcze już bardzo zawsze znowu więcej dziękuję proszę \
         cześć działa wszystko nic",
    ),
    (
        "tr",
        "ve veya ama bir bu şu o ben sen biz siz onlar bana sana benim senin ne zaman nerede kim neden nasıl hangi eğer \
         için ile gibi kadar sonra önce değil yok var da de mi mı mu mü çok daha en her hiç şey evet hayır lütfen teşekkür \
         teşekkürler merhaba oldu olarak çalışmıyor çalışıyor hep sadece tekrar",
    ),
];
