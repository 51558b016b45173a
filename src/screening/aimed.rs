//! What is aimed at people: threats, and contempt for a group. Patterns over the words as they are
//! read, not lists: "uccidere" is no threat, "ti uccido" is one. Quotations and denials are let
//! through, since who quotes an insult usually condemns it.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::tokens::Token;

/// What a pattern found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aim {
    Threat,
    Contempt,
}

/// Of which tokens it is made.
#[derive(Debug)]
pub(super) struct Aimed {
    pub aim: Aim,
    pub tokens: Range<usize>,
}

/// Groups that are hated for what they are.
const GROUP: &str = r"(?:trans|transessual[ei]|travestit[oi]|gay|omosessual[ei]|lesbic(?:a|he)|bisessual[ei]|ner[oiae]|african[oiae]|musulman[oiae]|islamic[oiae]|arab[oiae]|ebre[oiae]|cristian[oiae]|donn[ae]|femmin[ae]|disabil[ei]|handicappat[oiae]|invalid[oiae]|down|autistic[oiae]|immigrat[oiae]|migrant[ei]|profug(?:o|a|hi|he)|rifugiat[oiae]|stranier[oiae]|extracomunitar(?:io|i|ia|ie)|clandestin[oiae]|zingar[oiae]|rom|sinti|rumen[oiae]|romen[oiae]|albanes[ei]|marocchin[oiae]|cines[ei]|indian[oiae]|pakistan[oiae]|bengales[ei]|senegales[ei]|nigerian[oiae]|tunisin[oiae]|egizian[oiae]|slav[oiae]|ucrain[oiae]|russ[oiae]|meridional[ei]|terron[ei]|napoletan[oiae]|sicilian[oiae]|sudamerican[oiae]|latin[oiae]|asiatic[oiae]|negr[oiae]|froc(?:io|i)|anzian[oiae]|vecch(?:io|i|ia|ie)|obes[oiae]|cicc?ion[ei]|barbon[ei]|senzatetto|ateo|atei|testimoni di geova|person[ae] di colore|person[ae] (?:trans|disabil[ei]|ner[ae]|gay|omosessual[ei]|straniere?))";

/// Whoever can be threatened: groups, offices, trades, pronouns.
const PERSON: &str = r"(?:sindac[oa]|giunta|assessor[ei]|consiglier[ei]|politic[oi]|ministr[oi]|president[ei]|parlamentar[ei]|deputat[oi]|vigil[ei]|poliziott[oi]|carabinier[ei]|giornalist[ai]|giudic[ei]|magistrat[oi]|medic[oi]|infermier[eia]|insegnant[ei]|prof|professor[ei]|dirigent[ei]|impiegat[oiae]|negoziant[ei]|padron[ei]|banchier[ei]|automobilist[ai]|ciclist[ai]|fascist[ai]|comunist[ai]|ladr[oi]|persone|gente|figli|famiglia|moglie|marito|madre|padre)";

/// Worse than an opinion on what somebody does.
const VILE: &str = r"(?:feccia|parassit[ai]|scarafagg(?:io|i)|spazzatura|immondizia|monnezza|rifiuti(?: umani)?|sudiciume|lerciume|letame|topi?|ratti?|verm[ei]|zecche|cancro|virus|peste|piaga|malattia|subuman[oi]|inferior[ei]|esseri inferiori|animali|bestie|scimmi[ae]|schifos[oiae]|disgustos[oiae]|nauseant[ei]|ripugnant[ei]|repellent[ei]|spregevol[ei]|sudic[ie]|sudici[oa]?|sporc(?:o|a|hi|he)|disonest[oiae]|incivil[ei]|stupid[oiae]|ignorant[ei]|idiot[ai]|cretin[oi]|scem[oiae]|malat[oiae](?: di mente| mentali)|pervers[oiae]|pervertit[oiae]|depravat[oiae]|mostr[oi]|demoni|criminal[ei]|delinquent[ei]|stuprator[ei]|ladr[oi]|terrorist[ai]|rovina|male assoluto|flagello|nullita|zavorra|mantenut[ei]|sanguisughe|subnormal[ei]|senza cervello|minaccia|un errore|abomini[oa]?|aberrazion[ei]|contro natura|pessim[oiae]|violent[ei] e crudel[ei]|patetic(?:o|a|i|he)|inutil[ei]|mai attraenti|non attraenti)";

struct Patterns {
    threats: Vec<Regex>,
    contempt: Vec<Regex>,
    denial: Option<Regex>,
    against: Option<Regex>,
    named: Option<Regex>,
    threatening: Option<Regex>,
    group: Option<Regex>,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let fill = |pattern: &str| {
        let pattern = pattern
            .replace("GROUP", GROUP)
            .replace("PERSON", PERSON)
            .replace("VILE", VILE)
            .replace("THE", r"(?:i|gli|le|la|il|lo|l|un|una|uno|ogni|qualsiasi|tutt[ei]|tutt[ei] (?:i|gli|le)|tutti quest[ie]|tutt[ei] que[il]|tutt[ei] quelle|tutti quegli|quest[oiae]|quel|quei|quegli|quell[aeo]?|dei|degli|delle|ai|agli|alle|al|alla|nessun|nessuna|ste|sti|voi)")
            .replace("~", r"(?: [a-z']+){0,3}? ");
        Regex::new(&format!(r"(?-u:\b)(?:{pattern})(?-u:\b)"))
    };
    let all =
        |patterns: &[&str]| patterns.iter().filter_map(|pattern| fill(pattern).ok()).collect();
    Patterns {
        threats: all(THREATS),
        contempt: all(CONTEMPT),
        denial: Regex::new(DENIAL).ok(),
        against: Regex::new(AGAINST).ok(),
        named: Regex::new(NAMED).ok(),
        threatening: Regex::new(THREATENING).ok(),
        group: fill("GROUP").ok(),
    }
});

/// What is said before it where it is denied.
const DENIAL: &str = r"(?:(?:^| )non(?: (?:ho mai|dobbiamo|possiamo|bisogna|si deve|si puo|dovete|possono|voglio|vogliamo)(?: [a-z]+){0,3})?|non (?:tollero|tollerero|e vero|e giusto|e accettabile|va bene|vanno bene|accetto|sopporto chi)[a-z' ]*|nessun[oa]? (?:odio|astio)[a-z' ]*)$";

/// Words of somebody who speaks against it.
const AGAINST: &str = r"(?-u:\b)(?:denunci(?:are|o|amo|ate|ato)|condann(?:o|are|iamo)|segnal(?:o|ato|are|iamo) (?:chi|i commenti|questi)|lo segnalo|li segnalo|bannare|bannat[oi]|bloccat[eio]|bigott[oi]|disuman[ao]|orribile (?:sei|da dire)|vergognat(?:i|evi) di dire|non tollerero|non ho rispetto per|perso tutto il rispetto|non va bene (?:chiamar|dire|dare)|(?:chiamar(?:mi|lo|la|li|ci|e))|non parlero con te|contro chi (?:dice|pensa|scrive)|conseguenze per chi|meritate di stare in prigione|in tribunale|non devono farla franca|se dici|chi dice|chi scrive|dire cose come|cose come|messaggi come|commenti? come|minacce come|post come|insistere che|hai detto che|ha detto che|mi ha detto|ci ha detto|mi hanno detto|mi ha chiamat[oa]|mi chiamano|mi hanno chiamat[oa]|e stat[oa] chiamat[oa]|insultat[oaie])(?-u:\b)";

/// Words that say whose a quotation is, or that it is a title.
const NAMED: &str = r"(?-u:\b)(?:chiama\w*|(?:hanno|ha|e|ce|era|viene|sono) (?:stat[oa] )?(?:dett[oa]|urlat[oa]|gridat[oa]|scritt[oaie]|sentit[oa])|scritt[ae]|cartell[oi]|striscion[ei]|cori|coro|insult[aoi]\w*|offes[oaie]|offende\w*|bullismo|bulli|minaccia\w*|minacce|film|libr[oi]|romanz[oi]|canzon[ei]|titol[oi]|intitolat[oa]|opera|spettacol[oi]|cortometraggio|documentario|commedia|fumett[oi]|quadro|mostra|serie|teatro|locale|ristorante|pizzeria|graffit[oi]|murale|muro|muri|parola|parole|termine|called|says|wrote|written|book|movie|song)(?-u:\b)";

/// Behind a threat these make a figure of speech of it: "morire di vergogna".
const FIGURES: [&str; 14] = [
    "di vergogna",
    "di fame",
    "di sete",
    "di caldo",
    "di freddo",
    "di noia",
    "di smog",
    "di sonno",
    "di risate",
    "di ridere",
    "dal ridere",
    "dal caldo",
    "di paura",
    "di curiosita",
];

/// Without one of these there is no threat.
const THREATENING: &str = "aspett|ammazz|uccid|uccis|spar|accoltell|pugnal|strozz|impicc|bruc|massacr|gonfi|sgozz|stupr|violent|squart|pest|men[oe]r|tortur|ridurr|distrug|elimin|facci|far[oe]|metto|mett|invest|spacc|tagli|spezz|romp|cav|strapp|stermin|sradic|mor[it]|muo[ri]|crep|schiatt|cancro|tumore|soffrir|fucil|linci|gas|giustizi|decapit|debell|anneg|picchi|baston|castrat|appes|append|loreto|finir|finit|finisc|fine|dove|vengo|venia|verr|pass|fuoco|fiamme|bomba|ordigno|tritolo|dinamite|aria|rogo|forca|patibolo|muro|forni|gogna|pagare|contati|spalle|gola|gole|kill|shoot|stab|hang|burn|rape|murder|strangl|beat|lynch|bomb|die|execut|death|where|um|sterben|matar|tuer";

const THREATS: &[&str] = &[
    r"(?:ammazziamo|uccidiamo|impicchiamo|fuciliamo|sterminiamo|massacriamo|gasiamo|linciamo|castriamo|affoghiamo|sgozziamo|accoltelliamo)(?:l[oaie])(?: tutt[ie]| viv[ie])?|bruciamol[ie] (?:tutt[ie]|viv[ie])",
    r"(?:bruc(?:io|iamo|iate|ero|eremo)|dar(?:o|emo) fuoco a(?:l|i|lla)?)(?: [a-z]+){0,2}? (?:camp[oi] (?:rom|nomadi)|moschea|sinagoga|centro (?:di )?accoglienza|municipio|baracche|roulotte)",
    // To somebody's face.
    r"(?:ti|vi|lo|la|li|le|te|ve)(?: l[oaie])?(?: [a-z]+)? (?:ammazz(?:o|iamo|ero|eremo|erei)|uccid(?:o|iamo|ero|eremo)|uccidero|spar(?:o|iamo|ero|eremo)|accoltell(?:o|iamo|ero|eremo)|pugnal(?:o|iamo|ero|eremo)|strozz(?:o|iamo|ero|eremo)|impicc(?:o|hiamo|hero|heremo)|bruc(?:io|iamo|ero|eremo)|massacr(?:o|iamo|ero|eremo)|gonfi(?:o|amo|ero|eremo)|sgozz(?:o|iamo|ero|eremo)|stupr(?:o|iamo|ero|eremo)|violent(?:o|ero)|squart(?:o|iamo|ero|eremo)|pest(?:o|iamo|ero|eremo)|men(?:o|iamo|ero|eremo)|tortur(?:o|iamo|ero|eremo)|ridurro|distrugg(?:o|iamo|ero|eremo)|facc(?:io|iamo) (?:fuori|saltare|sparire|la pelle|male)|far(?:o|emo) (?:fuori|saltare|sparire|la pelle|male|soffrire))",
    r"(?:ti|vi) (?:metto sotto|investo|elimino|eliminiamo|elimineremo)",
    r"(?:ti|vi|gli|le|te|ve)(?: [a-z]+)? (?:spacc|tagli|spezz|romp|cav|strapp)(?:o|iamo|hiamo|ero|eremo|hero|heremo|io)(?: [a-z]+)? (?:l[aei]|il|le|i|gli|tutt[aeio]|l)(?: [a-z]+)?(?: )?(?:facci[ae]|test[ae]|gamb[ae]|ossa|collo|gol[ae]|denti|braccia|mani|occhi|culo|muso|naso|schiena|cuore|palle|lingua)",
    r"(?:spacc|tagli|spezz|romp)(?:ero|eremo|hero|heremo|o) (?:l[ae]|il|i)? ?(?:facci[ae]|test[ae]|gamb[ae]|ossa|collo|gol[ae])(?: ?(?:a|di|al|del|dei|ai|agli|alle|della)~?[a-z]+)",
    r"(?:spar(?:o|ero|eremo|iamo)|sparerei) (?:a|al|alla|ai|agli|alle|in testa|in bocca|addosso)(?: [a-z]+)?",
    r"(?:ammazz(?:o|ero|eremo|iamo)|uccid(?:ero|eremo|o)|massacr(?:o|ero|eremo)|sgozz(?:o|ero|eremo)|tortur(?:ero|eremo)|stupr(?:ero|eremo)|accoltell(?:ero|eremo)|pugnal(?:ero|eremo)|stermin(?:ero|eremo|iamo)|sradic(?:hiamo|heremo|hiamoli)|impicc(?:hero|heremo))(?:l[oaie])?(?: (?:THE))* (?:PERSON|GROUP|tutt[ei] voi|tutt[ei] loro|avversari[oi]?|chiunque|voi)",
    r"(?:domani|stasera|stanotte|presto|prima o poi) (?:ti|vi|lo|la|li|gli)(?: [a-z]+){0,2} (?:ammazz|uccid|spar|accoltell|pugnal|bruci|impicc|massacr|sgozz|stupr|veniamo a prend|vengo a prend)[a-z]*",
    r"(?:devi|dovete|devono|dovrest[ie]|dovrebbero|dovresti|meriti|meritano|meritate|meritat[ei]|ti meriti|vi meritate|si meritano|(?:PERSON|GROUP)(?: [a-z]+)? (?:deve|dovrebbe|merita|si merita)) (?:di )?(?:tutt[ie] )?(?:morire|crepare|sparire dalla terra|bruciare vivi|soffrire)",
    r"(?:crepa|crepate|muori|morite|schiatta|schiattate)(?: (?:tutti|male|bastard[oi]|sindaco|politici|voi|tu|in|stronz[oi]|maledett[oi]))",
    r"(?:spero|mi auguro|auguro|vorrei)(?: [a-z]+){0,4} (?:che )?(?:tu |voi |lui |loro )?(?:moriate|muoia|muoiano|crepi|crepiate|crepino|schiattiate|un (?:cancro|tumore)|il cancro|la morte|bruciate vivi|soffrire e morire|vederti morto|vedervi morti)",
    r"(?:voglio|vorrei|intendo|intenzione di|piacerebbe|giuro che|pronto a|andrebbe~?|bisogna|bisognerebbe|dobbiamo|dovremmo|dovete|tocca|serve|unica soluzione e|qualcuno dovrebbe|e ora di|che ne dite di|interesse di tutti)(?: [a-z]+){0,2} (?:ammazzar|uccider|sparar|impiccar|fucilar|bruciar|sterminar|massacrar|torturar|pugnalar|accoltellar|sgozzar|linciar|gasar|giustiziar|decapitar|debellar|sradicar|stuprar|annegar|picchiar|bastonar|pestar)(?:l[oaie]|ti|vi|ci|gli|e) ?(?:fisicamente|vivo|vivi|tutti)?(?: (?:in testa|addosso))?(?: (?:a|ai|al|agli|alle|alla))?(?: (?:THE))*(?: (?:PERSON|GROUP))",
    r"(?:voglio|vorrei|intendo|dovremmo|bisogna|bisognerebbe|dobbiamo|volevo|da|qualcuno dovrebbe)(?: [a-z]+){0,2} (?:ammazzar|uccider|impiccar|fucilar|bruciar|sterminar|massacrar|torturar|pugnalar|sgozzar|linciar|gasar|giustiziar|decapitar|stuprar|sparar)(?:l[oaie]|ti|vi|gli)(?: tutt[ie]| viv[oi])?",
    r"(?:dovrebbe|dovrebbero|devono|deve|dovete|devi|andrebbe|andrebbero|vanno|va|fossero|essere|vedere|vedervi|vederti|vederli)(?: essere)?(?: tutt[ieoa])? (?:ammazzat|uccis|impiccat|fucilat|bruciat[oiae] viv|sterminat|massacrat|torturat|pugnalat|sgozzat|linciat|gasat|giustiziat|decapitat|debellat|condannat[oiae] a mort|appes[oiae] (?:a|per|in)|messi? al muro|castrat|annegat|morti)[oiae]?",
    r"(?:appes[oiae]|appenderv?l?[aioe]?|appendet[ei][a-z]*|impiccat[oiae])(?: tutt[ie])?(?: a| per| in| al)* (?:testa in giu|piazzale loreto|un lampione|lampion[ei]|un albero|un cappio)",
    r"(?:finir(?:ete|ai|a|anno)|finite|finisci|farete la fine|farai la fine|fare la fine|fara la fine)(?: [a-z]+){0,4} (?:piazzale loreto|testa in giu|mussolini|sotto terra|sottoterra|al cimitero|all ospedale|in ospedale|al muro|in un fosso|ammazzat[oi]|male)",
    r"(?:so|sappiamo)(?: bene| anche| gia)? dove (?:abiti|abitate|vivi|vivete|lavori|lavorate|parcheggi|parcheggiate|(?:abita|abitano|vive|vivono|va a scuola|vanno a scuola|gioca|giocano) (?:THE )*(?:tu[oaie]i?|su[oaie]i?|vostr[oaie])? ?(?:PERSON|famiglia|figli[oae]?|bambin[oiae]|nipot[ei]))",
    r"(?:vengo|veniamo|verro|verremo|vi aspetto|ti aspetto)(?: [a-z]+){0,4} (?:sotto casa (?:tua|vostra|sua|loro|THE)|a casa (?:tua|vostra|sua|loro)|a prender(?:ti|vi|lo|la|li)|a cercar(?:ti|vi|lo|la|li)|con (?:il|la|le|i|un|una|delle|dei) (?:coltell[oi]|mazz[ae]|bastone|bastoni|pistola|fucile|spranga|benzina|forconi))",
    r"(?:vi|ti|gli|le) (?:diamo|do|daremo|daro|do a|appicco|appicchiamo)(?: [a-z]+){0,3} (?:fuoco|alle fiamme)",
    r"(?:do|diamo|daro|daremo|dare|dobbiamo dare|bisogna dare|darei|appicco|appicchero) (?:fuoco|alle fiamme)(?: [a-z]+)? (?:a|al|ai|alla|alle|il|la|voi|tutti)(?: [a-z]+){0,2}? ?(?:PERSON|GROUP|municipio|comune|palazzo|sede|casa)",
    r"(?:metto|mettiamo|mettero|piazzo|piazzero|ho messo|abbiamo messo|faccio esplodere|faccio saltare|facciamo saltare)(?: [a-z]+){0,2}? ?(?:una bomba|un ordigno|il tritolo|la dinamite|tutto in aria)|(?:ci vuole|ci vorrebbe|serve|servirebbe)(?: [a-z]+)? (?:una bomba|il tritolo|la dinamite|il napalm)(?: [a-z]+)? (?:al|in|a|sul|nel|sotto|contro|per) (?:comune|municipio|palazzo|giunta|consiglio|voi|tutti|loro|questura|moschea|campo)",
    r"a morte (?:THE )?[a-z]+",
    r"(?:morte a(?:l|i|gli|lle|lla)?|fuoco a(?:i|gli|lle)?) (?:THE )*(?:PERSON|GROUP|voi|loro)",
    r"(?:al rogo|alla forca|al patibolo|al muro|nei forni|ai forni|camere? a gas|alla gogna) (?:THE )*(?:PERSON|GROUP|voi|loro)",
    r"(?:THE )*(?:PERSON|GROUP)(?: [a-z]+){0,3} (?:al rogo|alla forca|al patibolo|al muro|nei forni|ai forni|camere? a gas)",
    r"(?:te|ve) la (?:faccio|facciamo|faro|faremo) (?:pagare cara|pagare con il sangue|pagare col sangue|vedere io)|(?:hai|avete) i (?:giorni|minuti) contati|(?:sei|siete) (?:un uomo|gia|tutti|dei) mort[oi]|sei morto|siete morti|(?:guardati|guardatevi) (?:le spalle|alle spalle)",
    r"(?:porre|mettere) fine alla (?:(?:sua|tua|vostra|loro) vita|vita di THE)|(?:gola tagliata|taglia(?:re|ro|mo)(?: la)? gol[ae])|morir(?:a|ai|anno|ete) (?:di una morte|male|tra atroci|per mano mia)|una morte orribile",
    r"(?:i(?:ll| will| am going to|m gonna|m going to| want to)|we(?:ll| will| should)|someone should|somebody should|gonna) (?:kill|shoot|stab|hang|burn|rape|murder|strangle|beat|lynch|bomb) (?:you|him|her|them|all|every|the|these|those|this|that)|(?:you|they|he|she) (?:should|deserve to|must|need to|ought to)(?: all)? (?:die|be (?:shot|killed|hanged|executed|burned))|kill yourself|death to|i know where you live|ich bring(?:e)? (?:dich|euch) um|ihr sollt sterben|te voy a matar|je vais (?:te|vous) tuer",
];

const CONTEMPT: &[&str] = &[
    // Said of one of the sentence before: "… . Li odio tutti."
    r"(?:GROUP)(?: [a-z'|]+){0,14}? (?:(?:li|le|vi|ti) (?:odio|odiamo|detesto|disprezzo)|(?:odio|detesto|disprezzo) (?:ognuno di|ciascuno di|tutti|tutte) (?:loro|voi|quanti))",
    r"(?:GROUP)(?: [a-z'|]+){0,12}? \| (?:per me |che |penso che )?(?:sono|siete|fanno|fate|mi fanno)(?: (?:solo|soltanto|tutt[ei]|dei|degli|delle|veramente|davvero|proprio|piu|tanto|cosi|[a-z]+mente|una|la))* (?:feccia|parassit[ie]|scarafaggi|subuman[ie]|schif[oie]|schifos[ei]|disgustos[ei]|ripugnant[ei]|nauseant[ei]|spregevol[ei]|immondizia|spazzatura|un cancro|cancro|una piaga|piaga|vomitare|ribrezzo)",
    r"(?:gay|omosessual[ei]|omosessualita|lesbiche|trans|transessual[ei])(?: [a-z]+){0,2}? (?:sono|e|siete)(?: (?:tutt[ei]|solo|una|un|dei|delle|tutta|gente))* (?:malat[ei] (?:di mente|mentali|da curare)|una malattia|malattia|contro natura|anormal[ei]|deviat[ei]|da curare|pervers[ie]|peccato mortale)",
    r"(?:GROUP)(?: come (?:voi|te|loro))? non (?:serv(?:e|ono|ite)|val(?:e|gono|ete))(?: [a-z]+)? (?:a|per)?(?: )?(?:niente|nulla|un cazzo)",
    r"(?:THE )?(?:GROUP)(?: (?:come (?:voi|te|loro|lui|lei|questi)|per me|che ci sono|qui|di oggi|in italia))* (?:sono|siete|non (?:sono|siete|e) (?:altro che|meglio)|e|siano|sia|restano|rimangono|sembrano)(?: (?:solo|soltanto|tutt[ei]|dei|degli|delle|un|una|uno|la|il|i|gli|le|lo|davvero|veramente|proprio|senza dubbio|del|vero|e|cosi|cosi tanto|altro|che|assolutamente|completamente|sempre|vere|veri|piu|meglio|di|peggior[ei]|specie|persone|esseri|pura|puro|una massa di|manica di|branco di|razza|[a-z]+mente|per natura))* (?:VILE)",
    r"(?:GROUP) (?:non sono|non siete|non e)(?: [a-z]+)? (?:altro che|esseri umani|nostri pari|umani|persone|come noi|meglio)",
    r"(?:odio|odiamo|odiare|detesto|disprezzo|disdegno|aborro|schifo|non sopporto(?: proprio)?|non tollero|mi fanno schifo|mi fanno vomitare|mi fanno ribrezzo|mi danno il voltastomaco|disgustat[oa] da|stufo di stare intorno)(?: [a-z]+mente)?(?: (?:THE|a|da|di|tanto))* (?:GROUP)",
    r"(?:THE )?(?:GROUP) (?:mi|ci|vi|fanno|fate)(?: (?:fanno|fate|danno))?(?: cosi tanto| tanto| proprio| solo| davvero)* (?:schifo|vomitare|ribrezzo|pena|il voltastomaco|senso|orrore)",
    r"(?:vite|vita) (?:di|dei|degli|delle|del|della|d)(?: (?:tutt[ei]|questi|i|gli|le|un|una))* ?(?:GROUP)(?: [a-z']+){0,3} non (?:(?:ha|hanno) valore|(?:vale|valgono)(?: [a-z]+)? (?:niente|nulla|un)|vale|valgono|(?:conta|contano)(?: [a-z]+)? (?:niente|nulla|un))",
    r"(?:vite|vita) (?:di|dei|degli|delle|del|della)(?: [a-z]+)? (?:GROUP) (?:valgono|vale|contano|conta) (?:meno|zero|niente|nulla|assolutamente)",
    r"(?:GROUP)(?: [a-z']+){0,4} (?:merita(?:no|te)?|si merita(?:no)?)(?: [a-z]+)? ?(?:di )?(?:non vivere|morire|soffrire|la morte|di essere|esistere)",
    r"(?:GROUP)(?: come te| come voi| come loro)? non merita(?:no|te)?(?: di)? (?:vivere|rispetto|diritti|niente|nulla)",
    r"(?:sbarazz|liber)(?:arci|iamoci|armi|arsi|iamo|ar(?:e|ci) (?:l italia|la citta|il paese))(?: una volta per tutte)? (?:di|dei|degli|delle|da|dai|dagli|dalle)(?: (?:THE))* ?(?:GROUP)",
    r"(?:il mondo|l italia|il paese|la citta|staremmo|si starebbe|staremo|noi)(?: [a-z']+){0,3} (?:meglio|migliore|piu bell[oa]|piu pulit[oa]|salv[oa])(?: [a-z']+){0,3}(?: senza| se)(?: (?:THE|tutti))* (?:GROUP)",
    r"(?:THE )?(?:GROUP)(?: [a-z']+){0,3} (?:dovrebbero|devono|dovete|vanno|andrebbero|dovrebbe)(?: [a-z]+){0,2} (?:stare (?:negli? zoo|in gabbia|in cucina|zitt[ei])|rinchius[ieoa]|sparire|esistere|sterminat[ie]|chius[ie] in gabbia|portati da un veterinario|cacciat[ie] tutt[ie]|deportat[ie]|castrat[ie]|(?:non )?avere (?:diritti|figli)|annegare|affogare)",
    r"(?:mandiamo(?:l[ie])?|rimandiamo(?:l[ie])?|cacciamo(?:l[ie])?|buttiamo(?:l[ie])?|affondiamo(?:l[ie])?|deportiamo(?:l[ie])?|ruspa|ruspe)(?: (?:via|fuori|a mare|al mare|a casa|tutti|sui|sugli|sulle|su))* ?(?:THE )*(?:GROUP)",
    r"(?:fuori|via|a casa|a mare|basta|fora)(?: [a-z]+)? (?:THE )+(?:GROUP) (?:dall italia|dalla citta|dalle palle|dal paese|di merda|dai coglioni|dalle nostre)",
    r"(?:non c e|non ce|non esiste|non deve esserci)(?: (?:spazio|posto))(?: [a-z']+)? (?:su questa terra|in questo paese|in italia|in europa|in questa citta|in questa societa|qui)(?: [a-z']+){0,2} (?:per )?(?:THE )*(?:GROUP)",
    r"(?:GROUP)(?: [a-z']+){0,2}? (?:non hanno|non avete) (?:posto (?:in|nel) (?:un |una |questo |questa |nostro |nostra |il |la )*(?:paese|mondo|societa|nazione|italia|citta civile|europa)|cervello|un cervello|diritto di (?:vivere|esistere|parlare)|anima)",
    r"(?:piu intelligente|meglio|piu utile|piu umano) di (?:qualsiasi|tutti|un|una|voi|ogni)(?: (?:voi|i|gli|le))? (?:GROUP)",
    r"(?:natura|tipico|tipica|colpa|normale)(?: (?:di|dei|degli|delle|per|da|e))*(?: (?:THE|voi))* (?:GROUP)(?: [a-z']+){0,3} (?:VILE|essere VILE)",
    r"(?:solo|soltanto) (?:THE )?(?:GROUP) (?:sono|possono essere|potevano essere)(?: cosi)? (?:VILE|ignoranti|violenti|crudeli)",
    r"(?:nessun altro|nessuno)(?: [a-z]+){0,2} (?:VILE|sudici[oa]|sporc[oa]|stupid[oa]|ignorant[ei]) come (?:THE )?(?:GROUP)",
    r"(?:preferirei morire|morirei)(?: [a-z]+){0,4} (?:che|di)(?: [a-z]+){0,4} (?:GROUP)|(?:non c e (?:niente|nulla) al mondo (?:che mi piaccia meno|di peggio) (?:di|che)(?: [a-z]+)?|niente di peggio (?:di|che)(?: [a-z]+)?) (?:GROUP)|(?:non )?(?:dobbiamo|dovete|possiamo) permettere a nessun(?:a)? (?:GROUP) di|non alzerei un dito per(?: [a-z]+){0,4} (?:GROUP)|non vale la pena (?:proteggere|salvare)(?: [a-z]+){0,4} (?:GROUP)|non (?:potranno|saranno|sono) mai(?: [a-z]+){0,2} (?:intelligenti|attraenti|normali|come noi|italian[ie])",
];

pub(super) fn aimed(
    text: &str,
    tokens: &[Token],
    spans: impl Fn(&Token) -> Range<usize>,
) -> Vec<Aimed> {
    if tokens.len() < 2 {
        return Vec::new();
    }
    // The words with one space between, a bar where a sentence ends.
    let (mut read, mut ends, mut starts) =
        (String::with_capacity(text.len()), Vec::new(), Vec::new());
    for token in tokens {
        if !read.is_empty() {
            read.push_str(if token.is_first { " | " } else { " " });
        }
        starts.push(read.len());
        read.push_str(&token.word);
        ends.push(read.len());
    }
    let mut found: Vec<Aimed> = Vec::new();
    let patterns = &*PATTERNS;
    let is_there =
        |regex: &Option<Regex>| regex.as_ref().is_some_and(|regex| regex.is_match(&read));
    'aims: for (aim, gate, regexes) in [
        (Aim::Threat, &patterns.threatening, &patterns.threats),
        (Aim::Contempt, &patterns.group, &patterns.contempt),
    ] {
        if !is_there(gate) || is_there(&patterns.against) {
            continue;
        }
        for regex in regexes {
            for hit in regex.find_iter(&read) {
                let first = ends.partition_point(|end| *end <= hit.start());
                let last = starts.partition_point(|start| *start < hit.end());
                let sentence =
                    read[..hit.start()].rsplit('|').next().unwrap_or_default().trim_end();
                let is_denied =
                    patterns.denial.as_ref().is_some_and(|regex| regex.is_match(sentence));
                let rest = read[hit.end()..].trim_start();
                let is_figure = FIGURES.iter().any(|figure| rest.starts_with(figure));
                let is_theirs = aim == Aim::Contempt && is_theirs(sentence, hit.as_str());
                let is_quoted = || is_quoted(text, spans(&tokens[first]).start);
                if last > first && !is_denied && !is_figure && !is_theirs && !is_quoted() {
                    found.push(Aimed { aim, tokens: first..last });
                    continue 'aims;
                }
            }
        }
    }
    found
}

/// "i bagni dei disabili sono sporchi": it is said of what is theirs, and not of them.
fn is_theirs(before: &str, said: &str) -> bool {
    const OF: [&str; 34] = [
        "di", "d", "da", "per", "a", "con", "tra", "fra", "contro", "verso", "su", "senza", "dei",
        "degli", "delle", "del", "della", "dell", "dello", "ai", "agli", "alle", "al", "alla",
        "all", "dai", "dagli", "dalle", "sui", "sugli", "sulle", "nei", "negli", "nelle",
    ];
    const PART: [&str; 9] =
        ["parte", "molti", "molte", "tanti", "tante", "alcuni", "alcune", "massa", "meta"];
    const ARTICLES: [&str; 8] = ["i", "gli", "le", "il", "la", "lo", "l", "un"];
    let mut words = said.split(' ');
    let first = words.next().unwrap_or_default();
    let mut before = before.rsplit(' ');
    let last = before.next().unwrap_or_default();
    if OF.contains(&first) {
        return !PART.contains(&last);
    }
    // "per i disabili": with the article in what was found, or before it.
    let of = if ARTICLES.contains(&last) { before.next().unwrap_or_default() } else { last };
    OF.contains(&of)
        && (ARTICLES.contains(&first) || ARTICLES.contains(&last) || of == last)
        && !before.next().is_some_and(|part| PART.contains(&part))
}

/// What a text says of the words in it: whether they are somebody else's.
pub(super) struct Told {
    is_against: bool,
    is_named: bool,
}

impl Told {
    pub(super) fn of(tokens: &[Token]) -> Self {
        let read = tokens.iter().map(|token| token.word.as_str()).collect::<Vec<_>>().join(" ");
        let says = |regex: &Option<Regex>| regex.as_ref().is_some_and(|r| r.is_match(&read));
        Self { is_against: says(&PATTERNS.against), is_named: says(&PATTERNS.named) }
    }

    /// Whether the word there is one that somebody was called, or a title.
    pub(super) fn is_told(&self, tokens: &[Token], at: usize, is_quoted: bool) -> bool {
        let before = |least: usize| &tokens[at.saturating_sub(least)..at];
        let is_called = before(4).iter().any(|token| token.word.starts_with("chiama"));
        // "mi hanno dato della …"
        let is_given = before(2).iter().any(|token| token.word.starts_with("de"))
            && before(7)
                .iter()
                .any(|token| matches!(token.word.as_str(), "dato" | "danno" | "davano"))
            && before(8).iter().any(|token| {
                matches!(
                    token.word.as_str(),
                    "hanno" | "ha" | "danno" | "davano" | "stato" | "stata"
                )
            });
        self.is_against && (is_quoted || is_called)
            || self.is_named && is_quoted
            || is_called
                && before(5).iter().any(|token| {
                    matches!(
                        token.word.as_str(),
                        "mi" | "lo"
                            | "la"
                            | "ci"
                            | "li"
                            | "le"
                            | "hanno"
                            | "ha"
                            | "stato"
                            | "stata"
                    )
                })
            || is_given
    }
}

/// Whether an opening quotation mark stands before it that closes after it.
pub(super) fn is_quoted(text: &str, at: usize) -> bool {
    let (before, after) = text.split_at(at);
    let straight = before.matches('"').count() % 2 == 1 && after.contains('"');
    let curly = before.rfind(['“', '«', '„']).is_some_and(|open| {
        !before[open..].contains(['”', '»']) && after.contains(['”', '»', '“'])
    });
    straight || curly
}
