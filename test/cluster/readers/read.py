# Reads files of one format and prints each as JSON, keys and values as its reader found them.
import configparser, csv, json, sys

csv.field_size_limit(2**24)


def ini(path):
    # `%` is a reference in Python's own dialect; keys are put in small letters.
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    with open(path, encoding="utf-8") as file:
        parser.read_string("[all]\n" + file.read())
    return dict(parser["all"])


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return dict(csv.reader(file))


def aws(path):
    # As botocore does.
    parser = configparser.RawConfigParser()
    parser.read(path, encoding="utf-8")
    return dict(parser["default"])


def lines(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


read = {"ini": ini, "csv": rows, "aws": aws, "json": lines}[sys.argv[1]]
for path in sys.stdin.read().split():
    print(json.dumps(read(path)))
