"""Words that hold a question together and say nothing of what it is about.

English, German, French, Spanish, Portuguese; left out is what is a telling word in another of them.
"""

_WORDS = """
about all also and any anybody anyone are ask asked asking asks become been being but can could did does
doing done for from get gets give good has have having her his how into its just like make many may
might more most much must need needs new not off one only other others our out over shall she should
some somebody someone than that the their them then there these they thing things this those too try
under use used using very want wants was way well were what when where which while who whom whose why
will with within without would you your

aber alle als auch auf aus bei bin bis das dass dem den der des die dies diese doch dort durch ein eine
einem einen einer eines für gibt haben hier ich ihr ihre ist kann keine können mehr mit muss müssen nach
nicht noch nur oder ohne sein sich sie sind soll sollen und uns unser unsere von vor wann warum was wem
wen wenn wer werden wie wird wir wo zum zur über

avec avoir ces cette dans des elle elles est être faire fait faut ils les leur mais mon nos notre nous
ont par pas peut pour pouvons quand que quel quelle quelles quels qui quoi sans ses sont sur tous tout
une vos votre vous

como con cual cuál cuando cuándo del donde dónde ella ellos esta este esto está hacer las los más muy
nos nosotros nuestra nuestro para pero podemos poder por porque porqué puede qué quien quién ser sin
sobre sus tener tiene tenemos una unos

com das dos ela eles essa esse está fazer isto mas mais muito nas nos nossa nosso não onde pela pelo
pode podemos porquê qual quando quem sem seu ser são sua temos ter tem uma você
"""
FUNCTION_WORDS = frozenset(_WORDS.split())
