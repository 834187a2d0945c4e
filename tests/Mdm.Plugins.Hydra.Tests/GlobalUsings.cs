global using Mdm.TestKit;
